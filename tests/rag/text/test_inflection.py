"""Irregular forms and British spellings have the stem of their base; no form has two."""

import pytest

from rag.text.inflection import irregular_forms
from rag.text.language import stem


@pytest.mark.parametrize(("form", "base"), [
    ("led", "lead"), ("built", "building"), ("chosen", "chooses"), ("children", "child"), ("kilometres", "kilometers"),
    ("labour", "labor"), ("organised", "organizing"), ("won", "winning"),
])
def test_form_has_the_stem_of_its_base(form, base):
    assert stem(form) == stem(base)


@pytest.mark.parametrize(("form", "base"), [
    ("found", "find"), ("saw", "see"), ("left", "leave"), ("ground", "grind"), ("leaves", "leaf")])
def test_forms_that_are_also_other_words_keep_their_own_stem(form, base):
    assert stem(form) != stem(base)


def test_no_form_occurs_twice():
    forms = [form for form, _ in irregular_forms()]
    assert len(forms) == len(set(forms))
