"""Line decoding: probabilities become text, and what may be another figure is doubted."""

from __future__ import annotations

import numpy as np
import pytest

from rag.sources.recognition.line_decoding import Alphabet, DecodedLine, decode_line

ALPHABET = Alphabet(["", *"0123456789.,，年亿元升 ab()"])


def decode(*steps: dict[str, float]) -> DecodedLine:
    """The line of some steps, each with the probabilities of a few characters; the blank has the rest."""
    probabilities = np.zeros((len(steps), len(ALPHABET.characters)), dtype=np.float32)
    for step, given in enumerate(steps):
        for character, probability in given.items():
            probabilities[step, ALPHABET.characters.index(character)] = probability
        probabilities[step, 0] = 1 - sum(given.values())
    return decode_line(probabilities, ALPHABET)


def sure(text: str) -> list[dict[str, float]]:
    """Steps that show a text clearly."""
    return [step for character in text for step in ({character: 1.0}, {})]


def doubted(line: DecodedLine) -> list[str]:
    return [line.text[start:end] for start, end in line.doubts]


def test_repeated_steps_are_one_character_and_a_blank_divides_two():
    assert decode({"3": 1.0}, {"3": 1.0}, {}, {"3": 1.0}, {"年": 1.0}).text == "33年"


def test_a_clear_figure_is_not_doubted():
    assert doubted(decode(*sure("升38.5亿元"))) == []


def test_a_digit_with_a_close_runner_up_is_doubted_with_its_figure():
    line = decode(*sure("升3"), {"8": 0.7, "3": 0.3}, {}, *sure(".5亿元"))
    assert (line.text, doubted(line)) == ("升38.5亿元", ["38.5亿"])


@pytest.mark.parametrize("missed", ["7", "."])
def test_a_sign_that_was_nearly_seen_is_a_doubt(missed):
    line = decode(*sure("升3"), {missed: 0.4}, *sure("8元"))
    assert (line.text, doubted(line)) == ("升38元", ["38"])


def test_a_figure_of_repeated_digits_is_doubted_if_one_may_be_missing():
    assert doubted(decode(*sure("a"), {"3": 1.0}, {"3": 0.6}, {"3": 1.0}, *sure("b"))) == ["3"]


def test_a_sign_in_two_widths_is_one_sign():
    assert doubted(decode(*sure("9"), {",": 0.55, "，": 0.45}, *sure("800"))) == []


def test_a_space_beside_a_figure_is_no_other_reading():
    assert doubted(decode(*sure("升"), {" ": 0.45}, *sure("38"), {" ": 0.4}, *sure("元"))) == []


def test_a_point_before_three_digits_must_be_seen_clearly():
    assert doubted(decode(*sure("6"), {".": 0.93, ",": 0.07}, *sure("482"))) == ["6.482"]
    assert doubted(decode(*sure("6"), {".": 0.93, ",": 0.07}, *sure("48"))) == []


@pytest.mark.parametrize(("text", "doubts"), [
    ("9.646.41", ["9.646.41"]), ("6.482,199", ["6.482,199"]), ("9,646.41", []), ("2024.6.3", []), ("1,234,567", [])])
def test_separators_as_nobody_writes_them_are_a_doubt(text, doubts):
    assert doubted(decode(*sure(text))) == doubts


def test_signs_between_han_characters_are_wide():
    line = decode(*sure("38亿元 ,升"), {"3": 0.6}, *sure("8,(年)"))
    assert (line.text, doubted(line)) == ("38亿元，升38,（年）", ["38"])
    assert len(line.centres) == len(line.text)


def test_another_character_is_doubted_where_it_is_unlikely():
    assert doubted(decode({"a": 0.4, "b": 0.35}, *sure("b"))) == ["a"]
