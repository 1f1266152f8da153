"""Persons: heads of columns that name people, and the words by which questions speak of them."""

from __future__ import annotations

import re

from rag.text.language import normalise

PEOPLE_WORDS = (
    "人 员工 职工 同学 学生 人员 老师 people person staff employee member colleague student pupil player candidate worker")
_PERSON_HEAD = re.compile(
    r"姓名|员工|学生|名单|人员|[^个]人$|[师员生者友]$|经理|司机|客户|教练|捐赠方|单位$|\bname\b|staff|employee|student|member|people|player"
    r"|candidate|driver|teacher|agent|manager|tenant|customer|client|author|volunteer|donor|patient|sales ?person"
    r"|\brep\b|worker|engineer|coach|owner|guest|applicant|winner|runner|contestant|participant|lawyer|doctor"
    r"|nurse|trainer|instructor|officer|assistant|borrower|reader|\bchild\b|pupil|swimmer|rider|speaker|artist"
    r"|assignee|payer|payee|supplier|buyer|seller|recipient|claimant|organi[sz]ation|beneficiary|handler"
    r"|technician|cleaner|councillor|delegate")


def is_person_head(head: str) -> bool:
    """Whether a head names people or bodies, for which a question asks with `who`.

    >>> is_person_head("Account manager"), is_person_head("报销人"), is_person_head("Month")
    (True, True, False)
    """
    return _PERSON_HEAD.search(normalise(head)) is not None
