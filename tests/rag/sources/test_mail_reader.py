"""The mail reader: header lines, text, quotations and attachments of a mail."""

import base64
from email.header import Header

import pytest

from rag.sources.elements import Element, FileContent, Omission
from rag.sources.errors import UnreadableFile
from rag.sources.readers.markup.mail import read_mail


@pytest.fixture
def mail(tmp_path):
    """Reads a mail with these bytes."""
    def read(data: bytes) -> FileContent:
        path = tmp_path / "mail.eml"
        path.write_bytes(data)
        return read_mail(path)
    return read


def plain_mail(body: bytes, *, subject: str = "Ferry", content: str = "text/plain; charset=utf-8") -> bytes:
    head = (
        f"From: {Header('罗宁', 'gb2312').encode()} <luo@example.com>\nTo: crew@example.com\n"
        f"Date: Tue, 6 May 2031 10:00:00 +0800\nSubject: {Header(subject, 'utf-8').encode()}\n"
        f"MIME-Version: 1.0\nContent-Type: {content}\n\n")
    return head.encode() + body


@pytest.mark.parametrize(("subject", "body", "head"), [
    ("会议改期", "各位：会议改到周五。", "发件人：罗宁 <luo@example.com>\n收件人：crew@example.com\n"),
    ("The ferry", "It leaves at nine.", "From: 罗宁 <luo@example.com>\nTo: crew@example.com\n"),
])
def test_headers_are_labelled_lines_in_the_language_of_the_mail(mail, subject, body, head):
    content = mail(plain_mail(body.encode(), subject=subject))
    assert content.elements[0].text.startswith(head)
    assert content.elements[0].text.endswith(subject)
    assert content.elements[1] == Element("lines", body)
    assert content.metadata == {"title": subject, "author": "罗宁", "date": "2031-05-06"}


def test_quoted_mail_is_a_quotation_and_the_signature_stays(mail):
    content = mail(plain_mail("好的。\n\n> 周四吗？\n>> Thursday?\n\n可以\n-- \n罗宁\n电话 990012\n".encode()))
    assert [(e.kind, e.text) for e in content.elements[1:]] == [
        ("lines", "好的。"), ("quotation", "周四吗？\nThursday?"), ("lines", "可以"), ("paragraph", "罗宁\n电话 990012")]


def test_flowed_lines_are_whole(mail):
    content = mail(plain_mail(b"The ferry leaves \nat nine.\nBring a coat.", content="text/plain; format=flowed"))
    assert content.elements[1].text == "The ferry leaves at nine.\nBring a coat."


def alternative_mail(plain: str, page: str) -> bytes:
    body = (
        f"--b\nContent-Type: text/plain; charset=gbk\nContent-Transfer-Encoding: base64\n\n"
        f"{base64.b64encode(plain.encode('gbk')).decode()}\n"
        f"--b\nContent-Type: text/html; charset=utf-8\n\n{page}\n--b--\n")
    return plain_mail(body.encode(), content="multipart/alternative; boundary=b")


def test_plain_text_is_preferred_unless_it_is_empty(mail):
    assert [e.text for e in mail(alternative_mail("纯文本", "<p>页面</p>")).elements[1:]] == ["纯文本"]
    assert [e.text for e in mail(alternative_mail("  ", "<p>页面</p>")).elements[1:]] == ["页面"]


def test_attachments_are_named_as_left_out(mail):
    name = Header("报告.pdf", "utf-8").encode()
    body = (
        "--b\nContent-Type: text/plain\n\nSee the report.\n"
        f'--b\nContent-Type: application/pdf\nContent-Disposition: attachment; filename="{name}"\n\nx\n'
        "--b\nContent-Type: message/rfc822\n\nSubject: Old ferry\n\ntext\n--b--\n")
    content = mail(plain_mail(body.encode(), content="multipart/mixed; boundary=b"))
    assert content.omissions == (Omission("attachments", 2, "报告.pdf, Old ferry"),)
    assert [e.text for e in content.elements[1:]] == ["See the report."]


def test_an_attachment_with_a_broken_name_is_counted(mail):
    head = b"Content-Disposition: attachment; filename*0*=\0'a'b\n\nx\n--b--\n"
    body = b"--b\nContent-Type: text/plain\n\ntext\n--b\nContent-Type: application/pdf\n" + head
    assert mail(plain_mail(body, content="multipart/mixed; boundary=b")).omissions[0].count == 1


def test_undeclared_bytes_in_a_header_are_decoded(mail):
    assert mail("Subject: 会议通知\n\n正文".encode("gbk")).metadata["title"] == "会议通知"


def test_endless_nesting_is_damaged(mail):
    nested = "".join(f"Content-Type: multipart/mixed; boundary=b{i}\n\n--b{i}\n" for i in range(5_000))
    with pytest.raises(UnreadableFile, match="nested"):
        mail(b"Subject: x\n" + nested.encode())


def test_text_without_headers_is_no_mail(mail):
    with pytest.raises(UnreadableFile, match="header"):
        mail(b"\njust text")
