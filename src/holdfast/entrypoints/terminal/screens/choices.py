"""What somebody chooses for himself in this browser: language and colours."""

from __future__ import annotations

from holdfast.entrypoints.terminal.language import LANGUAGES
from holdfast.entrypoints.terminal.pages import PUBLIC, Redirect, action
from holdfast.entrypoints.terminal.visit import LANGUAGE, THEME, THEMES, Visit, own_path

YEAR = 365 * 86_400


@action("/do/choose", needs=PUBLIC)
async def choose(visit: Visit) -> Redirect:
    """Keep a choice in a cookie, and show the same page in it."""
    for name, field, known in ((LANGUAGE, "language", LANGUAGES), (THEME, "theme", THEMES)):
        if field in visit.form:
            value = visit.form.text(field)
            kept, seconds = (value, YEAR) if value in known else ("", 0)
            visit.api.cookies.append(f"{name}={kept}; Path=/; Max-Age={seconds}; SameSite=Strict".encode())
    back = visit.form.text("back")
    return Redirect(own_path(back, default=own_path(back.partition("?")[0])))
