"""What stands in the way of a start is said in one line, and the exit code is 1."""

import errno

import pytest

from relief.embedded import Server
from relief.starting import StartError, explained, failed


@pytest.mark.parametrize(
    ("number", "line"),
    [
        (errno.ENOSPC, "磁盘已满"),
        (errno.EROFS, "文件夹只读"),
        (errno.EACCES, "没有权限"),
        (errno.EIO, "Cannot start."),
    ],
)
def test_error_of_the_file_system_is_one_line(number, line):
    with pytest.raises(StartError, match=line) as caught, explained():
        raise OSError(number, "said the system", "var/postgres")
    assert "\n" not in str(caught.value)
    assert "var/postgres" in str(caught.value)


def test_last_words_of_a_program_are_told():
    said = "LOG:  starting\nFATAL:  could not write: No space left on device\nLOG:  shut down\n"
    line = str(failed(("数据库", "The database"), said))
    assert "磁盘已满" in line
    assert line.endswith("(FATAL:  could not write: No space left on device)")


def test_unknown_failure_names_what_failed():
    line = str(failed(("更新失败。", "The migration failed:"), "ValueError: odd\n"))
    assert line == "relief: 更新失败。 The migration failed: ValueError: odd"


def test_folder_that_cannot_be_made_is_one_line(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StartError, match="Cannot start"):
        Server(tmp_path / "file" / "var").ensure_running()
