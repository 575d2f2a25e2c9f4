import asyncio
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl  # type: ignore[import-untyped]
import pytest
from PIL import Image

from app.domain.tool import ErrorType, Grant, ToolOutcome
from app.sandbox.nursery import Launcher, Nursery
from app.tools.files import beginning
from app.tools.registry import Registry
from app.tools.run_python.drawing import COLOURS, LINE
from app.tools.runtime import ToolRuntime

SALES = """date,region,net
2026-01-05,North,100.5
2026-01-20,South,50
2026-02-03,North,200
2026-03-09,South,75
"""
BY_MONTH = """
sales = pd.read_csv("sales.csv", parse_dates=["date"])
months = sales.groupby(sales.date.dt.strftime("%Y-%m")).net.sum()
months.plot(kind="bar", title="Sales by month")
plt.ylabel("net")
months
"""


class Box:
    """Calls of run_python and what they left, on one launcher and one loop."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.kept: dict[str, bytes] = {}
        self._loop = asyncio.new_event_loop()
        self._launcher: Launcher = Nursery()

    def run(self, code: str, *files: str, grant: Grant | None = None) -> ToolOutcome:
        async def keep(data: bytes, title: str, _origins: tuple[str, ...]) -> str:
            self.kept[title] = data
            return title

        registry = Registry.shipped()
        attached = tuple(str(self.folder / name) for name in files)
        return self._loop.run_until_complete(
            ToolRuntime(self._launcher, registry).run(
                registry.spec("run_python"),
                {"code": code, "files": list(files)},
                grant or Grant(tools=("run_python",), files=attached),
                keep=keep,
            )
        )

    def close(self) -> None:
        self._loop.run_until_complete(self._launcher.close())
        self._loop.close()


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    folder = tmp_path_factory.mktemp("box")
    (folder / "sales.csv").write_text(SALES)
    made = Box(folder)
    yield made
    made.close()


def painted(pixels: np.ndarray[Any, Any], colour: str) -> int:
    """How many pixels are of that colour, or nearly."""
    wanted = np.array([int(colour[place : place + 2], 16) for place in (1, 3, 5)])
    return int((np.abs(pixels - wanted).max(axis=-1) <= 6).sum())


def code_of(outcome: ToolOutcome) -> str:
    assert outcome.error is not None, outcome.result
    return outcome.error.error_code


def test_sales_by_month_become_a_chart_and_a_table(box: Box) -> None:
    outcome = box.run(BY_MONTH, "sales.csv")
    assert outcome.error is None
    assert outcome.result is not None
    (table,) = outcome.result["tables"]
    assert table == {
        "columns": ["date", "net"],
        "rows": [["2026-01", 150.5], ["2026-02", 200.0], ["2026-03", 75.0]],
        "rows_in_all": 3,
    }
    (artifact,) = outcome.artifacts
    assert (artifact.title, artifact.media_type) == ("chart-1.png", "image/png")
    assert outcome.result["artifacts"] == [artifact.model_dump()]
    pixels = np.asarray(Image.open(io.BytesIO(box.kept["chart-1.png"])).convert("RGB"), dtype=np.int16)
    assert min(pixels.shape[:2]) > 300
    assert painted(pixels, COLOURS[0]) > 5_000, "three bars are filled"
    assert painted(pixels, LINE) > 1_000, "figures have lines behind them"


@pytest.mark.parametrize(
    ("code", "wanted"),
    [
        ("pd.Series([1e6, 2e6], index=['a', 'b']).plot.bar()", "1,000,000"),
        ("plt.plot([2021, 2022], [10_000, 20_000])", "2021 2022 10,000"),
        ("plt.plot([1, 100], [1e2, 1e8]); plt.yscale('log')", "0 20"),
        ("pd.Series([1, 2], index=['North', 'South']).plot.bar()", "upright"),
        ("pd.Series(range(40), index=[f'Department {n}' for n in range(40)]).plot.bar()", "on end"),
    ],
)
def test_a_chart_says_figures_as_people_read_them(box: Box, code: str, wanted: str) -> None:
    shown = """
from app.tools.run_python.drawing import finish
axes = plt.gca()
finish(axes.figure)
axes.figure.canvas.draw()
on_end = any(label.get_rotation() == 90 for label in axes.get_xticklabels())
print(*(label.get_text() for axis in (axes.xaxis, axes.yaxis) for label in axis.get_ticklabels()), "on end" if on_end else "upright")
"""
    outcome = box.run(code + shown)
    assert outcome.result is not None, outcome.error
    words = outcome.result["text"].split()
    assert [word for word in wanted.split() if word not in words] == []


def test_a_chart_that_cannot_be_dressed_is_kept_as_it_is(box: Box) -> None:
    outcome = box.run("""
figure = plt.figure()
axes = figure.add_subplot(projection="polar")
axes.plot([0, 1], [10_000, 20_000])
axes.twinx = None
figure.add_subplot(122).yaxis.get_scale = None
""")
    assert [one.title for one in outcome.artifacts] == ["chart-1.png"]


def test_an_attached_file_that_only_the_program_names_is_handed_in(box: Box) -> None:
    (box.folder / "secret.csv").write_text("never,asked\n1,2\n")
    attached = Grant(tools=("run_python",), files=(str(box.folder / "sales.csv"),))
    outcome = box.run('print(len(pd.read_csv("sales.csv")))', grant=attached)
    assert outcome.error is None
    assert outcome.result is not None
    assert outcome.result["text"] == "4\n"
    assert code_of(box.run('print(len(pd.read_csv("secret.csv")))', grant=attached)) == "carrel.tool.unworkable"


def test_a_file_begins_with_its_first_lines_cleaned_and_without_secrets(tmp_path: Path) -> None:
    table = tmp_path / "sales.csv"
    table.write_bytes(b"\xef\xbb\xbfdate,key\n\x1b[31m1,AKIAIOSFODNN7EXAMPLQ\n2,b\n3,c\n")
    head, first, second = beginning(table).splitlines()
    assert (head, second) == ("date,key", "2,b")
    assert first.startswith("1,")
    assert "EXAMPL" not in first
    (tmp_path / "users.csv").write_text('name,password\nada,"Tr0ub4dor&3,x"\n')
    assert beginning(tmp_path / "users.csv") == 'name,password\nada,"[removed: password or key],x"'
    (tmp_path / "wide.txt").write_text("x" * 10_000)
    assert len(beginning(tmp_path / "wide.txt")) == 300
    (tmp_path / "link.csv").symlink_to(table)
    for name in ("link.csv", "absent.csv", "."):
        assert beginning(tmp_path / name) == ""
    table.rename(tmp_path / "sales.xlsx")
    assert beginning(tmp_path / "sales.xlsx") == ""


def test_a_link_in_the_place_of_a_folder_leads_nowhere(box: Box) -> None:
    scope = Grant(tools=("run_python",), folders=(str(box.folder),))
    assert box.run("1", "sales.csv", grant=scope).error is None
    moved = box.folder.with_name("moved")
    box.folder.rename(moved)
    box.folder.symlink_to(moved)
    refused = code_of(box.run("1", "sales.csv", grant=scope))
    box.folder.unlink()
    moved.rename(box.folder)
    assert refused == "carrel.tool.folder"


def test_a_picture_that_the_program_saved_is_kept_once(box: Box) -> None:
    outcome = box.run('plt.plot([1, 2])\nplt.savefig("line.png")\nopen("rows.csv", "w").write("a,b\\n1,2\\n")')
    assert {one.title: one.media_type for one in outcome.artifacts} == {"line.png": "image/png", "rows.csv": "text/csv"}


def test_excel_and_json_are_read_and_inputs_are_no_artifacts(box: Box) -> None:
    book = openpyxl.Workbook()
    for row in (["item", "price"], ["pump", 12.5], ["valve", 7.5]):
        book.active.append(row)
    book.save(box.folder / "prices.xlsx")
    (box.folder / "more.json").write_text(json.dumps([{"item": "hose", "price": 5}]))
    outcome = box.run(
        'print(pd.read_excel("prices.xlsx").price.sum() + pd.read_json("more.json").price.sum())',
        "prices.xlsx",
        "more.json",
    )
    assert outcome.error is None
    assert outcome.result is not None
    assert (outcome.result["text"], outcome.artifacts) == ("25.0\n", ())


def test_what_goes_wrong_is_told_with_its_line_so_that_it_can_be_mended(box: Box) -> None:
    error = box.run("x = 1\ny = x / 0").error
    assert error is not None
    assert (error.error_type, error.retryable) == (ErrorType.VALIDATION, True)
    assert error.user_message == "The program failed in line 2: ZeroDivisionError: division by zero"
    assert code_of(box.run("def :")) == "carrel.tool.unworkable"


def test_a_program_reaches_neither_network_nor_files_nor_programs(box: Box) -> None:
    (box.folder / "secret.txt").write_text("the words of the vault")
    tries = [
        'import socket; socket.create_connection(("127.0.0.1", 9))',
        f"open({str(box.folder / 'secret.txt')!r}).read()",
        f"open({str(box.folder / 'planted.txt')!r}, 'w')",
        'import subprocess; subprocess.run(["/bin/true"])',
        'pd.read_csv("http://127.0.0.1:9/x.csv")',
    ]
    told = ""
    for attempt in tries:
        error = box.run(attempt).error
        assert error is not None, attempt
        told += error.user_message
    assert "the words of the vault" not in told
    assert not (box.folder / "planted.txt").exists()


def test_only_files_of_the_conversation_are_handed_in(box: Box) -> None:
    other = Grant(tools=("run_python",))
    assert code_of(box.run("1", "sales.csv", grant=other)) == "carrel.tool.no_file"
    assert code_of(box.run("1", "sales.exe")) == "carrel.tool.file_kind"
    (box.folder / "link.csv").symlink_to("/etc/passwd")
    assert code_of(box.run("1", "link.csv")) == "carrel.sandbox.input"
    folder = Grant(tools=("run_python",), folders=(str(box.folder),))
    assert code_of(box.run("1", "../../etc/hosts.txt", grant=folder)) == "carrel.tool.no_file"
    assert box.run('print(len(open("sales.csv").readlines()))', "sales.csv", grant=folder).result is not None


def test_words_that_a_program_prints_are_bounded_and_cannot_drive_a_terminal(box: Box) -> None:
    outcome = box.run('print("\\x1b[2J\\u202ered")\nprint("x" * 100_000)')
    assert outcome.result is not None
    assert outcome.result["text"].startswith("red\nxxx")
    assert len(outcome.result["text"]) < 13_000
