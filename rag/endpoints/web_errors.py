"""Errors of web addresses: one sentence in each language, with the address, and what would help."""

from __future__ import annotations

import errno
import ssl
from collections.abc import Mapping
from typing import Literal

from rag.schema import HuwenError, Language

WebProblem = Literal[
    "not http", "credentials", "bad address", "port", "odd number", "no such host", "private", "private redirect",
    "never", "redirects", "circle", "robots", "robots silent", "login", "forbidden", "missing", "too many", "server",
    "status", "too large", "silent", "total", "slow connect", "connection", "tls", "broken", "encoding", "bad proxy",
    "type", "page instead", "only scripts", "no text"]
BilingualWords = Mapping[Language, str]

_SENTENCES: dict[WebProblem, dict[Language, str]] = {
    "not http": {
        "en": "only addresses that begin with https:// or http:// can be added; add a file by its path",
        "zh": "只能加入以 https:// 或 http:// 开头的网址；本机的文件请直接写路径",
    },
    "credentials": {
        "en": "has a user name or password in it, which is not sent; save the document and add the file",
        "zh": "网址里带有用户名或密码，不会发送；请下载文档后加入文件",
    },
    "bad address": {
        "en": "is no address that can be understood; copy it from the address bar of the browser",
        "zh": "不是能识别的网址；请从浏览器地址栏复制",
    },
    "port": {
        "en": "port {port} is none of the web ({known}); an operator may allow the host in "
              "HUWEN_ALLOW_PRIVATE_ADDRESSES",
        "zh": "端口 {port} 不是网页的端口（{known}）；管理者可在 HUWEN_ALLOW_PRIVATE_ADDRESSES 中允许这台主机",
    },
    "odd number": {
        "en": "writes the number of a machine in an unusual form; write it as four numbers, or its name",
        "zh": "用不寻常的写法表示一台机器的地址；请写成四个数字，或写域名",
    },
    "no such host": {
        "en": "there is no machine with this name ({host}), or the network is down; check the spelling",
        "zh": "找不到这个域名（{host}），或网络不通；请检查拼写",
    },
    "private": {
        "en": "leads to this machine or to a private network ({number}), from which nothing is read; an operator may "
              "allow the host in HUWEN_ALLOW_PRIVATE_ADDRESSES",
        "zh": "指向本机或内部网络（{number}），不从那里读取；管理者可在 HUWEN_ALLOW_PRIVATE_ADDRESSES 中允许这台主机",
    },
    "private redirect": {
        "en": "leads on to a private network ({number}), which a public page may not do",
        "zh": "会转到内部网络（{number}）；公开的网页不可以这样做",
    },
    "never": {
        "en": "leads to a number that is no web server's ({number}), from which nothing is read",
        "zh": "指向的地址不属于任何网站（{number}），不从那里读取",
    },
    "redirects": {
        "en": "leads on more than {limit} times; open it in a browser and add the address where it ends",
        "zh": "转向超过 {limit} 次；请用浏览器打开，加入最后到达的网址",
    },
    "circle": {
        "en": "leads back to itself; the page may want a login or cookies, so save it in a browser and add the file",
        "zh": "又转回到自己；这个网页可能需要登录或 Cookie，请在浏览器中保存后加入文件",
    },
    "robots": {
        "en": "the site asks programs not to read this page (robots.txt); ask its owner, or save it in a browser",
        "zh": "网站要求程序不要读取这个网页（robots.txt）；请征得网站同意，或在浏览器中自行保存",
    },
    "robots silent": {
        "en": "the site does not say whether programs may read it (its robots.txt cannot be had: {reason}); try again "
              "later",
        "zh": "不知道网站是否允许程序读取（robots.txt 取不到：{reason}）；请稍后再试",
    },
    "login": {
        "en": "wants a login (401); save the document in a browser and add the file",
        "zh": "需要登录（401）；请在浏览器中保存文档后加入文件",
    },
    "forbidden": {
        "en": "the server refuses it (403); open it in a browser, save it and add the file",
        "zh": "服务器拒绝访问（403）；请用浏览器打开、保存后加入文件",
    },
    "missing": {
        "en": "there is nothing at this address ({status}); check it",
        "zh": "这个网址没有内容（{status}）；请核对",
    },
    "too many": {
        "en": "the server has had too many requests (429); try again {later}",
        "zh": "服务器收到的请求太多（429）；请{later}再试",
    },
    "server": {
        "en": "the server has a fault of its own ({status}); try again later",
        "zh": "服务器自身出错（{status}）；请稍后再试",
    },
    "status": {
        "en": "the server answered {status} instead of the document; open it in a browser",
        "zh": "服务器没有给出文档，而是答复 {status}；请用浏览器打开看看",
    },
    "too large": {
        "en": "is larger than {limit} MB; raise HUWEN_UPLOAD_MB, or add a part of it",
        "zh": "超过 {limit} MB；请调高 HUWEN_UPLOAD_MB，或只加入一部分",
    },
    "silent": {
        "en": "the server sent nothing for {seconds} s; try again later",
        "zh": "服务器 {seconds} 秒没有发来内容；请稍后再试",
    },
    "total": {
        "en": "was not there after {seconds} s in all; try again, or save it and add the file",
        "zh": "总共 {seconds} 秒还没有收完；请重试，或下载后加入文件",
    },
    "slow connect": {
        "en": "the server could not be reached within {seconds} s; check the address and the network",
        "zh": "{seconds} 秒内连不上服务器；请检查网址和网络",
    },
    "connection": {
        "en": "the server cannot be reached ({reason}); check the address and the network",
        "zh": "连不上服务器（{reason}）；请检查网址和网络",
    },
    "tls": {
        "en": "the connection is not safe ({reason}); tell the owner of the site, or save the document yourself",
        "zh": "连接不安全（{reason}）；请告知网站，或自行下载文档",
    },
    "broken": {
        "en": "what the server sent ended too early or is not HTTP; try again",
        "zh": "服务器发来的内容不完整，或不合 HTTP 的格式；请重试",
    },
    "encoding": {
        "en": "the server packed the document in a way that was not asked for ({name}); save it and add the file",
        "zh": "服务器用了未请求的压缩方式（{name}）；请下载后加入文件",
    },
    "type": {
        "en": "the document is of a type that cannot be read ({name}); save it in another form and add the file",
        "zh": "文档的类型无法读取（{name}）；请转存为其他格式后加入文件",
    },
    "page instead": {
        "en": "instead of the document ({name}) the server sent a web page, perhaps a login or a notice; download the "
              "document in a browser and add the file",
        "zh": "服务器没有给出文档（{name}），而是一个网页，可能是登录页或提示；请用浏览器下载文档后加入文件",
    },
    "only scripts": {
        "en": "the page has no text of its own: scripts fetch it, and they are not run; save the page in a browser "
              "when it is complete, and add the file",
        "zh": "网页本身没有文字，文字要由脚本取来，而脚本不会运行；请在浏览器中等它显示完整后保存，再加入文件",
    },
    "no text": {
        "en": "there is no text in it; open it in a browser to see what it is",
        "zh": "里面没有文字；请用浏览器打开看看是什么",
    },
    "bad proxy": {
        "en": "the proxy of the environment cannot be used; check HTTPS_PROXY and HTTP_PROXY",
        "zh": "环境变量里的代理不能用；请检查 HTTPS_PROXY 和 HTTP_PROXY",
    },
}


class WebError(HuwenError):
    """A web address from which no document can be had.

    `status` is that of the server's answer, 0 if there was none. The sentence begins with the address, in which there
    is no password.
    """

    def __init__(self, problem: WebProblem, url: str = "", *, status: int = 0, **details: object) -> None:
        self.problem: WebProblem = problem
        self.url, self.status, self.details = url, status, details
        super().__init__(self.sentence("en"))

    def sentence(self, language: Language) -> str:
        """What is wrong with which address, and what would help."""
        details = {
            name: value[language] if isinstance(value, Mapping) else value
            for name, value in {"status": self.status, **self.details}.items()}
        text = _SENTENCES[self.problem][language].format(**details)
        return f"{self.url}{'：' if language == 'zh' else ': '}{text}" if self.url else text


def connection_reason(root: BaseException) -> BilingualWords:
    """Why no connection was made, in both languages."""
    number = root.errno if isinstance(root, OSError) else None
    return _CONNECTION_REASONS.get(number or 0, _OTHER_CONNECTION)


def tls_reason(root: ssl.SSLError) -> BilingualWords:
    """What is wrong with a server's certificate or encryption, in both languages."""
    if isinstance(root, ssl.SSLCertVerificationError):
        return _CERTIFICATE_REASONS.get(root.verify_code, _OTHER_CERTIFICATE)
    return _OTHER_TLS


_CONNECTION_REASONS: dict[int, BilingualWords] = {
    errno.ECONNREFUSED: {"en": "connection refused", "zh": "连接被拒绝"},
    errno.ECONNRESET: {"en": "connection reset", "zh": "连接被重置"},
    errno.EHOSTUNREACH: {"en": "no route to it", "zh": "没有到达它的路由"},
    errno.ENETUNREACH: {"en": "the network cannot be reached", "zh": "网络不可达"},
    errno.ETIMEDOUT: {"en": "it does not answer", "zh": "没有应答"},
}
_OTHER_CONNECTION: BilingualWords = {"en": "no connection", "zh": "没有连接"}
_CERTIFICATE_REASONS: dict[int, BilingualWords] = {
    9: {"en": "its certificate is not valid yet", "zh": "证书尚未生效"},
    10: {"en": "its certificate has expired", "zh": "证书已过期"},
    18: {"en": "its certificate is signed by itself", "zh": "证书是自签名的"},
    19: {"en": "its certificate is signed by itself", "zh": "证书是自签名的"},
    20: {"en": "nobody known has signed its certificate", "zh": "证书的签发者不可信"},
    21: {"en": "nobody known has signed its certificate", "zh": "证书的签发者不可信"},
    62: {"en": "its certificate is for another name", "zh": "证书属于别的域名"},
}
_OTHER_CERTIFICATE: BilingualWords = {"en": "its certificate is not accepted", "zh": "证书不被接受"}
_OTHER_TLS: BilingualWords = {"en": "no common encryption", "zh": "无法建立加密连接"}
