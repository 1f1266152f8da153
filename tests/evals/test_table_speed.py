"""Speed of long tables: the same table every time, and questions that are computed over its rows."""

from evals.table_speed import AddingTime, AnsweringTime, measure_table_speed, write_table


def test_the_table_is_the_same_every_time(tmp_path):
    for name in ("a.csv", "b.csv"):
        write_table(tmp_path / name, "zh", 20)
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


def test_most_questions_are_computed(tmp_path):
    measured = list(measure_table_speed(100, tmp_path))
    assert [type(one) for one in measured] == [AddingTime, AnsweringTime] * 2
    answers = [one for one in measured if isinstance(one, AnsweringTime)]
    assert all(one.answered >= 3 and 0 < one.others <= one.slowest for one in answers)
