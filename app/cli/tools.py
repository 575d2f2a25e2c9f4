"""``carrel tools``: what is installed, one call, the switches, tools of one's own. A call is validated, confined and asked
about as in a chat."""

from __future__ import annotations

import asyncio
import sys
from argparse import ArgumentParser, Namespace, _SubParsersAction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.kernel.errors import Known

if TYPE_CHECKING:
    from app.cli.context import Context
    from app.cli.output import Output
    from app.domain.tool import ActionSheet, ToolOutcome, ToolSpec
    from app.services.local import LocalDesk


def register(commands: _SubParsersAction[ArgumentParser]) -> None:
    top = commands.add_parser("tools", help="list tools, run one, stop all")
    acts = top.add_subparsers(dest="act", required=True, metavar="ACT")
    acts.add_parser("list", help="what is installed").set_defaults(run=_list)
    run = acts.add_parser("run", help="one call, validated and confined as in a chat")
    run.add_argument("name", metavar="NAME")
    run.add_argument("--arguments", default="{}", metavar="JSON")
    run.add_argument("--file", action="append", default=[], type=Path, metavar="FILE", help="a file it may read")
    run.add_argument("--folder", action="append", default=[], type=Path, metavar="DIR", help="a folder it may act on")
    run.add_argument(
        "--save", type=Path, metavar="DIR", help="save the files it leaves there; they stay sealed besides"
    )
    run.add_argument("--unattended", action="store_true", help="nobody is asked: actions are refused")
    run.set_defaults(run=_run)
    acts.add_parser("stop", help="stop all tools, also after a restart").set_defaults(run=_stop)
    acts.add_parser("release", help="let tools run again").set_defaults(run=_release)
    add = acts.add_parser("add", help="install a tool from a folder, after showing what it is")
    add.add_argument("folder", metavar="FOLDER", type=Path)
    add.set_defaults(run=_add)
    remove = acts.add_parser("remove", help="take out a tool that was installed, with its code")
    remove.add_argument("name", metavar="NAME")
    remove.set_defaults(run=_remove)
    switch = acts.add_parser("switch", help="switch one tool off or on")
    switch.add_argument("name", metavar="NAME")
    switch.add_argument("to", choices=("on", "off"))
    switch.set_defaults(run=_switch)


async def _list(_given: Namespace, context: Context) -> int:
    async with context.desk() as desk:
        switches = await desk.tool_switches()
        for spec in await desk.tools():
            state = "stopped" if switches.stopped else "off" if spec.name in switches.off else "on"
            context.out.record(
                spec.model_dump(mode="json") | {"state": state},
                lambda row: f"{row['name']:<18} {row['kind']:<7} {row['state']:<8} {row['about']}",
            )
        for name, fault in (await desk.refused_tools()).items():
            context.out.record(
                {"name": name, "state": "refused", "reason": fault.message, "hint": fault.hint},
                lambda row: f"{row['name']:<18} {'':<7} {row['state']:<8} {row['reason']} {row['hint']}",
            )
    return 0


async def _add(given: Namespace, context: Context) -> int:
    """Installed, shown, and switched on only by a written yes; without somebody to ask it stays off."""
    async with context.desk() as desk:
        spec = await desk.add_tool(given.folder)
        agreed = (
            sys.stdin.isatty()
            and sys.stderr.isatty()
            and await _yes(f"{_review(spec)}Type yes to switch it on: ", context.out)
        )
        if agreed:
            await desk.switch_tool(spec.name, on=True)
        context.out.record(
            spec.model_dump(mode="json") | {"state": "on" if agreed else "off"},
            lambda row: (
                f"{'' if agreed else _review(spec)}{row['name']} is installed and {row['state']}."
                + ("" if agreed else f" When you have read this, switch it on: carrel tools switch {spec.name} on")
            ),
        )
    return 0


def _review(spec: ToolSpec) -> str:
    """What a person should know of a tool before it is on."""
    given = ["its arguments", *(["copies of the files a chat names"] if "files" in spec.reaches else [])]
    lines = (
        f"{spec.title} ({spec.name}, version {spec.version}): {spec.about}",
        f"Its own words to the model: {spec.description}",
        f"Takes: {', '.join(f'{name} ({kind})' for name, kind in spec.strictness.items()) or 'nothing'}",
        f"Reaches: {' and '.join(given)}, in the sandbox. No network, no other files.",
        *(["Leaves: files in the chat."] if "artifacts" in spec.reaches else []),
        f"At most {spec.timeout_seconds:g} s. SHA-256 {spec.digest}",
    )
    return "\n".join(lines) + "\n\n"


async def _remove(given: Namespace, context: Context) -> int:
    async with context.desk() as desk:
        await desk.remove_tool(given.name)
        context.out.record({"name": given.name, "removed": True}, lambda row: f"{row['name']} is removed.")
    return 0


async def _run(given: Namespace, context: Context) -> int:
    async with context.desk() as desk:
        attended = not given.unattended and sys.stdin.isatty() and sys.stderr.isatty()
        grant = await desk.tool_grant(
            folders=tuple(str(folder.resolve()) for folder in given.folder),
            files=tuple(str(file.absolute()) for file in given.file),
            attended=attended,
        )
        if attended and (sheet := await desk.action_sheet(given.name, given.arguments)):
            if not await _agreed(sheet, context.out):
                await desk.run_tool(
                    given.name, given.arguments, grant
                )  # nobody agreed: it is refused, and that written down
                raise Known(
                    "carrel.tool.denied", "You did not allow this call; it was not run.", "Run it again to allow it."
                )
            await desk.consent(sheet)
        outcome = await desk.run_tool(given.name, given.arguments, grant)
        saved = await _saved(desk, outcome, given.save) if given.save else []
        context.out.record(outcome.model_dump(mode="json", exclude_none=True) | {"saved": saved}, _words)
        return 1 if outcome.error else 0


async def _agreed(sheet: ActionSheet, out: Output) -> bool:
    """Show exactly what will happen and ask."""
    facts = "\n".join(f"{name}: {value}" for name, value in sheet.facts)
    return await _yes(f"{sheet.title}\n{facts}\n\n{sheet.preview}\n\nType yes to do this: ", out)


async def _yes(question: str, out: Output) -> bool:
    """Anything but a written yes is no."""
    out.ask(question)
    answer: str = await asyncio.to_thread(sys.stdin.readline)
    return answer.strip().casefold() == "yes"


async def _saved(desk: LocalDesk, outcome: ToolOutcome, folder: Path) -> list[str]:
    """The artifacts as files of new names; an existing file is never overwritten."""
    saved: list[str] = []
    for artifact in outcome.artifacts:
        data = await desk.artifact(artifact.artifact)
        saved.append(str(await asyncio.to_thread(_write_new, folder, artifact.title, data)))
    return saved


def _write_new(folder: Path, name: str, data: bytes) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    number = 1
    while True:
        plain = Path(name)
        path = folder / (name if number == 1 else f"{plain.stem}-{number}{plain.suffix}")
        try:
            with path.open("xb") as file:
                file.write(data)
        except FileExistsError:
            number += 1
        except OSError as error:
            raise Known(
                "carrel.artifact.save", f"{path} cannot be written: {error.strerror}.", "Choose another folder."
            ) from None
        else:
            return path


async def _stop(_given: Namespace, context: Context) -> int:
    async with context.desk() as desk:
        await desk.stop_tools()
        context.out.record(
            {"stopped": True}, lambda _: "All tools are stopped. Let them run again: carrel tools release"
        )
    return 0


async def _release(_given: Namespace, context: Context) -> int:
    async with context.desk() as desk:
        await desk.release_tools()
        context.out.record({"stopped": False}, lambda _: "Tools may run.")
    return 0


async def _switch(given: Namespace, context: Context) -> int:
    async with context.desk() as desk:
        await desk.switch_tool(given.name, on=given.to == "on")
        context.out.record({"name": given.name, "on": given.to == "on"}, lambda row: f"{row['name']} is {given.to}.")
    return 0


def _words(row: dict[str, Any]) -> str:
    if error := row.get("error"):
        return "\n".join([f"{error['user_message']} ({error['error_code']})", *error["hints"]])
    result = row.get("result")
    if not isinstance(result, dict):
        return str(result)
    if "artifacts" not in result:
        return "\n".join(f"{name}: {value}" for name, value in result.items())
    lines = [str(result.get("text", "")).rstrip()]
    for table in result.get("tables", ()):
        lines += ["  ".join(map(str, cells)) for cells in (table["columns"], *table["rows"])]
    lines += [f"left {one['title']} ({one['media_type']}, {one['bytes']:,} bytes)" for one in row["artifacts"]]
    lines += [f"saved {path}" for path in row["saved"]]
    return "\n".join(line for line in lines if line)
