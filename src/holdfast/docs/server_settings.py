"""The server's settings for `reference/settings.md`: each with its variable, default, values and meaning."""

from __future__ import annotations

import ast
import inspect
import json
import textwrap
from typing import Any, get_origin, get_type_hints

from msgspec import Struct, structs

from holdfast.docs.markdown import table
from holdfast.settings import PREFIX, ServerSettings
from holdfast.wire.type_words import in_words

INTRODUCTION = """\
What `holdfast serve` is told comes from three places, of which the later wins: a TOML file, environment variables,
options. The file is that of `--config FILE`, else of the environment's `HOLDFAST_CONFIG`, else `holdfast.toml` in the
working folder where there is one. A variable is called as the setting, in capitals, with `HOLDFAST_` before it; lists
are written with commas, truth as `true` or `false`; an empty variable counts as not set. An unknown key or variable of
ours, or a value of another kind, is refused with its place and key before anything is opened.

`holdfast serve --print-config` shows what is in force and where it comes from, without passwords. Secrets never come by
options, which everybody on a machine can read: a database's password stands in `PGPASSFILE`, in `HOLDFAST_DB` or in the
file; the server's secret in the file that `secret_file` names. Names of files are seen from the working folder. How to
put it all together is told in [serving](../operating/serving.md)."""

EXAMPLE = """\
```toml
# holdfast.toml
db = "postgresql://holdfast@db1,db2/vaults?desk=main&sslmode=verify-full"
name = "Example Custody"
origin = "https://desk.example.org"
trusted_proxies = ["10.1.0.0/24"]
secret_file = "/etc/holdfast/secret"
log_format = "json"
leave_seconds = 5
```"""


def write() -> list[str]:
    """The parts of the page that tell of the server's settings."""
    hints = get_type_hints(ServerSettings, include_extras=True)
    told = meanings(ServerSettings)
    rows = [
        [f"`{field.name}`", f"`{PREFIX}{field.name.upper()}`", _shown(field.default), _takes(hints[field.name]),
         told[field.name]]
        for field in structs.fields(ServerSettings)
    ]  # fmt: skip
    return [INTRODUCTION, EXAMPLE, "\n".join(table(["key", "variable", "default", "takes", "meaning"], rows))]


def meanings(kind: type[Struct]) -> dict[str, str]:
    """The text that stands below each field of a struct in its source."""
    body = ast.parse(textwrap.dedent(inspect.getsource(kind))).body[0]
    if not isinstance(body, ast.ClassDef):
        raise TypeError(f"{kind} is no class")
    found = {}
    for field, below in zip(body.body, body.body[1:], strict=False):
        if (
            isinstance(field, ast.AnnAssign)
            and isinstance(field.target, ast.Name)
            and isinstance(below, ast.Expr)
            and isinstance(below.value, ast.Constant)
        ):
            found[field.target.id] = " ".join(str(below.value.value).split())
    return found


def _shown(value: Any) -> str:
    return f"`{json.dumps(value)}`"


def _takes(hint: Any) -> str:
    kind = getattr(hint, "__origin__", hint)
    return "a list of texts in quotes" if get_origin(kind) is tuple or kind is tuple else in_words(hint)
