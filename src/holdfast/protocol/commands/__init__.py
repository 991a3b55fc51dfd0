"""All that can be asked of a desk: one frozen struct per verb, named as on the wire.

The structs carry what the client sent, amounts as text: an amount is read once its asset is known. An optional
argument that is absent is `UNSET`. What a command checks and posts stands at its rule.
"""

from __future__ import annotations

from holdfast.protocol.arguments import Command
from holdfast.protocol.commands.assets import *
from holdfast.protocol.commands.delegating import *
from holdfast.protocol.commands.depin import *
from holdfast.protocol.commands.restaking import *
from holdfast.protocol.commands.roles import *
from holdfast.protocol.commands.staking import *
from holdfast.protocol.commands.vaults import *


def _all(base: type[Command]) -> dict[str, type[Command]]:
    return {str(command.__struct_config__.tag): command for command in base.__subclasses__()}


COMMANDS: dict[str, type[Command]] = _all(Command)
"""Every command by its type, in the order of this file."""
