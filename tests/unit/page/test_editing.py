"""One recipe is edited and the rest of the file stays, letter for letter."""

from __future__ import annotations

from pathlib import Path

import pytest

from segue.errors import UsageError
from segued.page.editing import NEW, blocks, digest, replaced, save

TEXT = '''# The top.
[spotify]
client_id = "0123456789abcdef0123456789abcdef"   # mine

# First: for the morning.
[[playlist]]
name = "Mornings"   # stays
from = "liked"

[playlist.sequence]
arc = "ramp"

# Second.
[[playlist]]
name = "Evenings"
from = "liked"
[playlist.write]
description = """
[[playlist]]
not a heading"""

# What the service does.
[schedules]
sync = ""
'''


def test_a_recipe_is_its_table_with_the_comment_above_and_the_tables_below() -> None:
    first, second = blocks(TEXT)
    assert first.text.startswith("# First")
    assert first.text.rstrip().endswith('arc = "ramp"')
    assert second.text.startswith("# Second")
    assert second.text.rstrip().endswith('not a heading"""')


def test_the_same_text_back_leaves_the_file_as_it_was() -> None:
    for index, block in enumerate(blocks(TEXT)):
        assert replaced(TEXT, index, block.text)[0] == TEXT


def test_everything_else_stays_letter_for_letter() -> None:
    new, start = replaced(TEXT, 0, '[[playlist]]\nname = "Dawn"\nfrom = "liked"')
    assert new.splitlines()[start] == "[[playlist]]"
    before, _, after = TEXT.partition(blocks(TEXT)[0].text)
    assert new.startswith(before)
    assert new.endswith(after)
    assert '"Mornings"' not in new


@pytest.mark.parametrize(
    "typed",
    [
        '[[playlist]]\nname = "A"\nfrom = "liked"\n[service]\nstatus_port = 1',
        '[[playlist]]\nname = "A"\nfrom = "liked"\n[[playlist]]\nname = "B"\nfrom = "liked"',
        '[notify]\napprise_urls = ["x"]',
        "",
        "# nothing",
    ],
)
def test_what_is_no_single_recipe_is_refused(typed: str) -> None:
    with pytest.raises(UsageError, match=r"one \[\[playlist\]\]"):
        replaced(TEXT, 0, typed)


@pytest.mark.parametrize(
    "more", ["[service]\nstatus_port = 1", '[[playlist]]\nname = "B"\nfrom = "liked"']
)
def test_a_new_recipe_brings_nothing_else_into_the_file(more: str) -> None:
    with pytest.raises(UsageError, match=r"one \[\[playlist\]\]"):
        replaced(TEXT, NEW, f'[[playlist]]\nname = "Noon"\nfrom = "liked"\n{more}\n')


def test_a_new_recipe_stands_at_the_end() -> None:
    new, start = replaced(TEXT, NEW, '[[playlist]]\nname = "Noon"\nfrom = "liked"')
    assert new.startswith(TEXT)
    assert new.splitlines()[start] == "[[playlist]]"
    assert len(blocks(new)) == 3


def test_a_saved_recipe_is_in_the_file_which_keeps_its_mode(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(TEXT)
    file.chmod(0o640)
    block = blocks(TEXT)[0].text.replace("ramp", "cooldown")
    assert save(file, digest(TEXT), 0, block, {}) == ()
    assert file.read_text() == TEXT.replace("ramp", "cooldown")
    assert file.stat().st_mode & 0o777 == 0o640
    assert list(tmp_path.iterdir()) == [file]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    real, link = tmp_path / "real.toml", tmp_path / "config.toml"
    real.write_text(TEXT)
    link.symlink_to(real)
    assert save(link, digest(TEXT), 0, blocks(TEXT)[0].text.replace("ramp", "cooldown"), {}) == ()
    assert link.is_symlink()
    assert "cooldown" in real.read_text()


def test_a_recipe_with_a_mistake_is_not_saved(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(TEXT)
    found = save(file, digest(TEXT), 0, '[[playlist]]\nnme = "A"\nfrom = "liked"', {})
    assert any("nme" in str(problem) for problem in found)
    assert file.read_text() == TEXT


def test_a_file_that_was_changed_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(TEXT + "# by another hand\n")
    with pytest.raises(UsageError, match="changed meanwhile"):
        save(file, digest(TEXT), 0, blocks(TEXT)[0].text, {})
    assert file.read_text().endswith("# by another hand\n")
