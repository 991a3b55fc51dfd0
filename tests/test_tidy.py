"""The manners of the code, read from its syntax trees: who imports whom, what money is made of, how long things are."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest

from holdfast import errors
from holdfast.store import migrations

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "holdfast"

LAYERS = [
    {"errors"},
    {"settings"},
    {"primitives"},
    {"ledger"},
    {"protocol"},
    {"engine"},
    {"store"},
    {"views"},
    {"wire"},
    {"networks", "simulation", "identity", "agent", "client"},
    {"keeper"},
    {"bootstrap"},
    {"benchmarks"},
    {"entrypoints"},
    {"docs"},
]
"""A module imports from its own part and from parts that stand above it here, never from one below or beside it."""

NEVER = {
    "views": {"store"},
    "networks": {"store", "engine"},
    "client": {"ledger", "protocol", "engine", "store", "views", "wire"},
}
"""Imports that the order would allow and that are not wanted all the same."""

EXACT = ("primitives", "ledger", "protocol")
"""The parts where money is counted: no float, no clock, no I/O."""

PURE_IMPORTS = {
    "__future__", "bisect", "collections", "enum", "fractions", "functools", "hashlib", "itertools", "re", "typing",
}  # fmt: skip
"""What the exact parts may use of the standard library. Anything that reads the world is not among it."""

IMPORTS_BY_EXCEPTION = {
    "primitives/clock.py": {"time", "datetime"},
    "primitives/request_signing.py": {"base64", "cryptography"},
    "primitives/signatures.py": {"cryptography"},
}

TRUE_DIVISION = {"primitives/logarithm.py": "of Fractions, which is exact"}
FLOOR_DIVISION = {
    "primitives/fixed_point.py": "the one place where money is divided",
    "primitives/logarithm.py": "of scaled integers, within enclosures",
    "primitives/asset.py": "base units to the digits before and after the point",
    "primitives/clock.py": "nanoseconds to seconds",
    "protocol/indexes.py": "seconds to hours",
}

MODULE_LINES, FUNCTION_LINES = 400, 50

MODULES = sorted(path for path in PACKAGE.rglob("*.py"))
TREES = {path.relative_to(PACKAGE).as_posix(): ast.parse(path.read_text("utf-8")) for path in MODULES}
EXACT_TREES = {name: tree for name, tree in TREES.items() if name.startswith(EXACT)}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def imports(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Every absolute import's dotted name, those inside functions too, with its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            yield from (
                (f"{module}.{alias.name}" if module == "holdfast" else module, node.lineno) for alias in node.names
            )


def part_of(name: str) -> str:
    """`holdfast.engine.journal`, `engine/journal.py` -> engine."""
    return re.split(r"[./]", name.removeprefix("holdfast."))[0]


def layer_of(part: str) -> int | None:
    return next((number for number, parts in enumerate(LAYERS) if part in parts), None)


def functions(tree: ast.AST) -> Iterator[Function]:
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def found(name: str, node: ast.AST, what: str) -> str:
    return f"src/holdfast/{name}:{getattr(node, 'lineno', 1)}: {what}"


def report(problems: list[str]) -> None:
    assert not problems, "\n" + "\n".join(sorted(set(problems)))


def test_every_part_has_its_place() -> None:
    parts = {part_of(name) for name in TREES} - {"__init__", "__main__"}
    assert [part for part in sorted(parts) if layer_of(part) is None] == []


def test_imports_go_one_way() -> None:
    problems = []
    for name, tree in TREES.items():
        here = part_of(name)
        for module, line in imports(tree):
            if not module.startswith("holdfast."):
                continue
            there = part_of(module)
            if there == here:
                continue
            mine, theirs = layer_of(here), layer_of(there)
            if mine is None:
                continue
            if theirs is None or theirs >= mine or there in NEVER.get(here, ()):
                problems.append(f"src/holdfast/{name}:{line}: {here} imports {module}")
    report(problems)


def test_no_relative_imports() -> None:
    report(
        [
            found(name, node, "relative import")
            for name, tree in TREES.items()
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and node.level
        ]
    )


def test_exact_parts_read_nothing_of_the_world() -> None:
    problems = []
    for name, tree in EXACT_TREES.items():
        allowed = PURE_IMPORTS | IMPORTS_BY_EXCEPTION.get(name, set()) | {"msgspec", "holdfast"}
        problems += [
            f"src/holdfast/{name}:{line}: imports {module}"
            for module, line in imports(tree)
            if module.split(".")[0] not in allowed
        ]
        problems += [
            found(name, node, f"calls {node.func.id}()")
            for node in ast.walk(tree)
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in {"open", "input", "exec", "eval", "compile", "hash", "id", "globals", "__import__"}
        ]
    report(problems)


def test_no_binary_floating_point_in_exact_parts() -> None:
    problems = []
    for name, tree in EXACT_TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, float | complex):
                problems.append(found(name, node, f"float literal {node.value}"))
            elif isinstance(node, ast.Name) and node.id in {"float", "complex", "round"}:
                problems.append(found(name, node, node.id))
            elif isinstance(node, ast.Name) and node.id == "Decimal" and name != "primitives/asset.py":
                problems.append(found(name, node, "Decimal outside of primitives/asset.py"))
    report(problems)


def divisions(operator: type[ast.operator]) -> Iterator[tuple[str, ast.AST]]:
    """Every `/` or `//` of the exact parts; divmod() is a `//` too."""
    for name, tree in EXACT_TREES.items():
        for node in ast.walk(tree):
            is_operator = isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, operator)
            is_divmod = operator is ast.FloorDiv and isinstance(node, ast.Name) and node.id == "divmod"
            if is_operator or is_divmod:
                yield name, node


def test_no_true_division_in_exact_parts() -> None:
    report([found(name, node, "/") for name, node in divisions(ast.Div) if name not in TRUE_DIVISION])


def test_money_is_divided_in_one_place() -> None:
    report([found(name, node, "//") for name, node in divisions(ast.FloorDiv) if name not in FLOOR_DIVISION])


def test_exceptions_are_needed() -> None:
    assert {name for name, _ in divisions(ast.Div)} == TRUE_DIVISION.keys()
    assert {name for name, _ in divisions(ast.FloorDiv)} == FLOOR_DIVISION.keys()


def test_rounding_is_always_named() -> None:
    problems = []
    for name, tree in TREES.items():
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute)):
                continue
            called = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
            if called in {"mul_div", "bps_of", "to_shares", "to_assets"} and not any(
                keyword.arg == "rounding" for keyword in node.keywords
            ):
                problems.append(found(name, node, f"{called}() without rounding="))
    report(problems)


def test_modules_are_short() -> None:
    lengths = {name: len((PACKAGE / name).read_text("utf-8").splitlines()) for name in TREES}
    report([f"src/holdfast/{name}: {lines} lines" for name, lines in lengths.items() if lines > MODULE_LINES])


def test_functions_are_short() -> None:
    problems = []
    for name, tree in TREES.items():
        for function in functions(tree):
            start = min([function.lineno, *(decorator.lineno for decorator in function.decorator_list)])
            lines = (function.end_lineno or start) - start + 1
            if lines > FUNCTION_LINES:
                problems.append(found(name, function, f"{function.name}() has {lines} lines"))
    report(problems)


def port_methods(ports: str) -> set[str]:
    """Methods that the ports document; whoever implements them need not say it again."""
    return {
        function.name
        for node in ast.walk(TREES[ports])
        if isinstance(node, ast.ClassDef)
        for function in functions(node)
        if ast.get_docstring(function)
    }


def undocumented(body: list[ast.stmt], inside: str, excused: set[str]) -> Iterator[tuple[ast.AST, str]]:
    for node in body:
        if not isinstance(node, Function | ast.ClassDef) or node.name.startswith("_"):
            continue
        is_method = bool(inside) and isinstance(node, Function)
        if not ast.get_docstring(node) and not (is_method and node.name in excused):
            yield node, inside + node.name
        if isinstance(node, ast.ClassDef):
            yield from undocumented(node.body, f"{node.name}.", excused)


def test_everything_public_has_a_docstring() -> None:
    engine, office = port_methods("engine/ports.py"), port_methods("store/documents/__init__.py")
    report(
        [found(name, tree, "module without a docstring") for name, tree in TREES.items() if not ast.get_docstring(tree)]
    )
    report(
        [
            found(name, node, f"{what} without a docstring")
            for name, tree in TREES.items()
            for node, what in undocumented(tree.body, "", engine | office if part_of(name) == "store" else engine)
        ]
    )


def test_nothing_is_left_over() -> None:
    problems = []
    for name, tree in TREES.items():
        for number, line in enumerate((PACKAGE / name).read_text("utf-8").splitlines(), start=1):
            if re.search(r"\b(TODO|FIXME|XXX|HACK)\b|breakpoint\(|pdb\.", line):
                problems.append(f"src/holdfast/{name}:{number}: {line.strip()}")
        if part_of(name) in {"entrypoints", "docs"}:
            continue
        problems += [
            found(name, node, "print()")
            for node in ast.walk(tree)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
        ]
    report(problems)


def test_nothing_relies_on_assert() -> None:
    report(
        [
            found(name, node, "assert")
            for name, tree in TREES.items()
            for node in ast.walk(tree)
            if isinstance(node, ast.Assert)
        ]
    )


def test_no_dead_statements() -> None:
    """A `pass` beside other statements does nothing."""
    problems = []
    for name, tree in TREES.items():
        for node in ast.walk(tree):
            for body in (getattr(node, field, None) for field in ("body", "orelse", "finalbody")):
                if isinstance(body, list) and len(body) > 1:
                    problems += [
                        found(name, statement, "pass") for statement in body if isinstance(statement, ast.Pass)
                    ]
    report(problems)


DRAWN = re.compile(r"[├└]─ (?P<name>\w+) +(?P<status>\d+) +exit (?P<exit>\d+) +(?P<rest>.*)")


def test_the_error_tree_is_drawn_as_it_is() -> None:
    drawn = {match["name"]: match for match in DRAWN.finditer(errors.__doc__ or "")}
    own = [error for error in errors.all_errors() if error.__module__.startswith("holdfast.errors")]  # not the doors'
    kinds = {error.__name__: error for error in own if "status" in vars(error)}
    assert drawn.keys() == kinds.keys()
    for name, match in drawn.items():
        kind = kinds[name]
        assert (kind.status, kind.exit_code) == (int(match["status"]), int(match["exit"])), name
        for code in re.findall(r"\b[a-z]+(?:_[a-z]+)+\b", match["rest"]):
            assert issubclass(errors.ERRORS[code], kind), f"{code} is drawn beside {name}"


def test_errors_have_codes_of_their_own_and_a_sentence() -> None:
    parts = [tree for name, tree in TREES.items() if part_of(name) == "errors"]
    classes = [node for tree in parts for node in tree.body if isinstance(node, ast.ClassDef)]
    codes = [getattr(errors, node.name).code for node in classes if node.name != "Refusal"]
    assert sorted(codes) == sorted(set(codes))
    for error in errors.all_errors():
        assert re.fullmatch(r"[a-z]+(_[a-z]+)*", error.code)
        assert (error.__doc__ or "").strip().endswith((".", ")")), error


@pytest.mark.parametrize("step", range(1, migrations.SCHEMA_VERSION + 1))
def test_every_migration_is_in_the_package(step: int) -> None:
    assert "CREATE" in files(migrations).joinpath(f"sqlite_{step:04}.sql").read_text("utf-8")


@pytest.mark.parametrize("step", range(1, migrations.POSTGRES_VERSION + 1))
def test_every_migration_of_postgres_is_in_the_package(step: int) -> None:
    assert next(number for number, _ in migrations.postgres_steps(step - 1)) == step


def test_package_data_is_shipped() -> None:
    """The wheel takes everything below src/holdfast that git does not ignore; so nothing there may be ignored."""
    data = [path for path in PACKAGE.rglob("*") if path.is_file() and path.suffix not in {".py", ".pyc"}]
    assert data
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    ignored = subprocess.run(["git", "check-ignore", *data], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ignored.stdout == ""


def test_importing_the_engine_brings_no_door_along() -> None:
    """`import holdfast.engine.service` loads neither the command line nor a database: doors are thin and optional."""
    script = "import sys, holdfast.engine.service; print(*sorted(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    assert not {"typer", "rich", "sqlite3", "psycopg", "holdfast.entrypoints", "holdfast.store"} & set(loaded)
