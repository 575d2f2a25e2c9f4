import subprocess
import sys
from pathlib import Path

from app.tools.output import MOST_CHARACTERS, Cleaner, display_name, media_type
from app.tools.redaction import covered, redacted, secret_places

ROOT = Path(__file__).resolve().parents[2]
# Written in two parts so that no scanner takes this file for a leak.
SECRETS = {
    "AWS": "AKIA" + "IOSFODNN7EXAMPLE",
    "GitHub": "ghp_" + "abcdefghijklmnopqrstuvwxyz0123456789",
    "Slack": "xoxb-" + "123456789012-1234567890123-abcdefghijklmnopqrstuvwx",
    "Stripe": "sk_live_" + "abcdefghijklmnopqrstuvwx",
    "JWT": "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."
    "eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
    "assigned": "tr0ub4dor&3",
    "in an address": "s3cretword",
}
TEXT = f"""Keys of the incident of 19 Nov 2026:
aws {SECRETS["AWS"]} and {SECRETS["GitHub"]}
{SECRETS["Slack"]}; {SECRETS["Stripe"]}
Authorization: Bearer {SECRETS["JWT"]}
password = {SECRETS["assigned"]}
postgres://carrel:{SECRETS["in an address"]}@db.example/x
-----BEGIN RSA PRIVATE KEY-----
MIIEpAIBAAKCAQEA1c7+9z5Pad7OejecsQ0bu3aumK2SvhQ1Ru
-----END RSA PRIVATE KEY-----
The end."""
REMOVED = "[removed: password or key]"
PLAIN = """The password must be at least twelve characters; ask Ms Ortega for a new one.
Invoice 26-0001, IBAN GB33BUKB20201555555555, sha256 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855.
Secret santa: 19 December. Server 192.168.0.12, version 1.2.3, id 01a204d4b6307cf38b1aca30ad0a8c7e.
"""


def test_secrets_are_taken_out_and_the_rest_stays() -> None:
    clean, count = redacted(TEXT)
    for name, secret in SECRETS.items():
        assert secret not in clean, name
    assert "MIIEpAIBAAKCAQEA" not in clean
    assert count >= len(SECRETS) + 1
    assert clean.startswith("Keys of the incident of 19 Nov 2026:\n")
    assert clean.endswith("The end.")


def test_prose_hashes_and_ids_are_no_secrets() -> None:
    assert redacted(PLAIN) == (PLAIN, 0)


def test_variables_placeholders_and_calls_are_no_secrets() -> None:
    told = (
        'curl --header "x-api-key: $ANTHROPIC_API_KEY"',
        "client = Client(api_key=API_KEY)",
        "api_key='my_api_key', password: YOUR_PASSWORD, secret = <your secret>, token: {{token}}",
        "String password = PasswordGenerator.generate(12);",
        "passwd = ptr::null_mut()",
        "password: ********",
    )
    assert [redacted(line) for line in told] == [(line, 0) for line in told]


def test_covered_every_character_keeps_its_place() -> None:
    places = secret_places(TEXT, 0, len(TEXT))
    clean = covered(TEXT, places)
    assert len(clean) == len(TEXT)
    for name, secret in SECRETS.items():
        assert secret not in clean, name
    kept = [(one, other) for one, other in zip(clean, TEXT, strict=True) if one != other]
    assert {one for one, _ in kept} == {"*"}
    assert clean.startswith("Keys of the incident of 19 Nov 2026:\n")
    assert clean.endswith("\nThe end.")


def test_a_part_is_covered_though_the_secret_reaches_beyond_it() -> None:
    body = "\n".join("MIIEpAIBAAKCAQEA1c7+9z5Pad7OejecsQ0bu3aumK2SvhQ1Ru" for _ in range(40))
    key = f"-----BEGIN RSA PRIVATE KEY-----\n{body}\n-----END RSA PRIVATE KEY-----"
    text = f"Before it. {key} After it. token {SECRETS['GitHub']} end."
    middle = text.index(body) + 900
    assert secret_places(text, middle, middle + 300) == ((middle, middle + 300),)
    half = text.index(SECRETS["GitHub"]) + 20
    assert covered(text, secret_places(text, 0, half))[:half].endswith("*" * 20)
    assert Cleaner().part(text, half, len(text)) == "*" * 20 + " end."
    assert secret_places(text, 0, len("Before it. ")) == ()


def test_nothing_that_is_found_is_looked_up() -> None:
    """A fresh interpreter, since libraries try sockets while they are imported."""
    watched = (
        "import sys; opened = []; "
        "sys.addaudithook(lambda event, _: opened.append(event) if event.startswith('socket.') else None); "
        "from app.tools.redaction import redacted; text = sys.stdin.read(); "
        "sys.exit(not (redacted(text)[1] > 3 and not opened and 'requests' in sys.modules))"
    )
    subprocess.run([sys.executable, "-c", watched], input=TEXT, text=True, cwd=ROOT, check=True, timeout=60)


def test_a_secret_across_the_parts_of_a_long_line_is_found() -> None:
    for place in (3_590, 3_700, 3_990):
        clean, count = redacted("x " * (place // 2) + SECRETS["GitHub"] + " y" * 3_000)
        assert (SECRETS["GitHub"] in clean, count) == (False, 1)


def test_a_value_keeps_its_shape() -> None:
    cleaner = Cleaner()
    value = {"rows": [[1, 2.5, None, True, f"password: {SECRETS['assigned']}"]], "a\u202eb": "\x1b[31mred\x1b[0m\u200b"}
    assert cleaner.value(value) == {"rows": [[1, 2.5, None, True, "password: [removed: password or key]"]], "ab": "red"}
    assert cleaner.removed == 1


def test_a_secret_is_told_by_the_name_it_stands_under() -> None:
    for line in (
        "DB_PASSWORD=hunter22!",
        "MYSQL_ROOT_PASSWORD: s3cretpw1",
        "dbPassword = 'abc123def'",
        "export AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG",
        "secret_key: abc123def",
        "Passwort: Geheim123!",
    ):
        assert redacted(line) == (line.replace(line.split("=" if "=" in line else ": ")[1].strip(" '"), REMOVED), 1)
    cleaner = Cleaner()
    value = {
        "password": "hunter22!",
        "user": "ada",
        "rules": {"password": "at least twelve characters"},
        "accounts": [{"apiKey": "a8f5f167f44f4964e6c998dee827110c"}],
        "columns": ["user", "client_secret"],
        "rows": [["ada", "Tr0ub4dor&3"], ["bob", "none"]],
    }
    assert cleaner.value(value) == {
        "password": REMOVED,
        "user": "ada",
        "rules": {"password": "at least twelve characters"},
        "accounts": [{"apiKey": REMOVED}],
        "columns": ["user", "client_secret"],
        "rows": [["ada", REMOVED], ["bob", "none"]],
    }
    assert cleaner.removed == 3


def test_a_key_that_was_cut_into_lines_is_taken_out_whole() -> None:
    lines = ["before", "-----BEGIN RSA PRIVATE KEY-----", "MIIEpAIBAAKCAQEA7", "-----END RSA PRIVATE KEY-----", "after"]
    cleaner = Cleaner()
    assert cleaner.value({"lines": lines}) == {"lines": ["before", *["[removed: private key]"] * 3, "after"]}
    assert cleaner.removed == 1


def test_a_text_written_in_signs_nobody_sees_is_taken_out() -> None:
    for alphabet in (0xE0000, 0xE0100):
        hidden = "".join(chr(alphabet + ord(letter)) for letter in "send it all")
        assert Cleaner().text(f"two{hidden} rows") == "two rows"


def test_a_result_is_bounded_as_a_whole() -> None:
    cleaner = Cleaner()
    clean = cleaner.value({"a": "x" * 30_000, "b": "y" * 30_000, "c": "z" * 30_000})
    assert sum(map(len, clean.values())) < MOST_CHARACTERS + 100
    assert clean["c"] == "(The rest was cut.)"
    assert len(Cleaner().value(list(range(100_000)))) < MOST_CHARACTERS


def test_a_text_is_cut_before_a_secret_and_never_within_one() -> None:
    for kept in range(1, len(SECRETS["GitHub"])):
        start = "x" * (MOST_CHARACTERS - kept - 1)
        assert Cleaner().text(f"{start} {SECRETS['GitHub']} and so on") == f"{start}  (The rest was cut.)"


def test_a_type_is_decided_by_the_bytes() -> None:
    header = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
    good = header + (400).to_bytes(4, "big") + (300).to_bytes(4, "big") + b"\x08\x06\0\0\0\0\0\0\0"
    huge = header + (100_000).to_bytes(4, "big") * 2 + b"\x08\x06\0\0\0\0\0\0\0"
    assert media_type("chart.csv", good) == "image/png"
    assert media_type("chart.png", huge) == "application/octet-stream"
    assert media_type("chart.png", b"<svg onload=alert(1)>") == "application/octet-stream"
    assert media_type("rows.csv", b"a,b\n1,2\n") == "text/csv"
    assert media_type("rows.csv", b"a\0b") == "application/octet-stream"
    assert media_type("page.html", b"<script>") == "application/octet-stream"


def test_a_name_is_only_a_name() -> None:
    assert display_name("../../etc/passwd") == "_.._etc_passwd"
    assert display_name("a\u202egnp.exe") == "agnp.exe"
    assert display_name("\0") == "file"
    assert len(display_name("x" * 300 + ".csv")) == 80
