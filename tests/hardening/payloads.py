"""Texts that somebody could write where text comes in, to have something run, asked for, read, forged or damaged.

One that runs leaves ``window.pwned`` behind, on a page, or a file called ``pwned``, elsewhere. One that asks does so at
:data:`BEACON`, where nobody listens. One that reads brings in the file that :func:`aimed` puts in.
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["BEACON", "PAYLOADS", "Payload", "aimed"]

BEACON = "http://127.0.0.1:9/"
"""An address on this machine where nobody listens."""

TARGET = "file:///TARGET"
"""Stands for the address of somebody else's file."""

RUN = "window.pwned=1"


class Payload(NamedTuple):
    """A hostile text.

    Attributes:
        name: What it tries.
        text: The text.
        does: What becomes of it on a page that shows text from outside as it is: it ``runs``, ``asks`` or ``reads``;
            empty for a text that is aimed at something else than such a page.
    """

    name: str
    text: str
    does: str = ""


def aimed(text: str, target: str) -> str:
    """Return a text that is after this very file, given by its address."""
    return text.replace(TARGET, target)


PAYLOADS = tuple(
    Payload(*entry)
    for entry in (
        # --- code on a page
        ("script", f"<script>{RUN}</script>", "runs"),
        ("script in mixed case", f"<ScRiPt >{RUN}</sCrIpT >", "runs"),
        ("script from a data address", f'<script src="data:text/javascript,{RUN}"></script>', "runs"),
        ("script from another machine", f'<script src="{BEACON}script.js"></script>', "asks"),
        ("script as a module", f'<script type="module">{RUN}</script>', "runs"),
        ("image that fails", f"<img src=x onerror={RUN}>", "runs"),
        ("image that fails, with slashes", f'<img/src="x"/onerror={RUN}>', "runs"),
        ("body that loads", f"<body onload={RUN}>", "runs"),
        ("details that open", f"<details open ontoggle={RUN}>x</details>", "runs"),
        ("film that fails", f'<video src="{BEACON}film" onerror={RUN}></video>', "runs"),
        ("box that is focused", f"<input autofocus onfocus={RUN}>", "runs"),
        ("text that is pointed at", f"<b onmouseover={RUN}>here</b>", "runs"),
        ("marquee that starts", f"<marquee onstart={RUN}>x</marquee>"),
        ("style that loads", f"<style onload={RUN}></style>", "runs"),
        ("frame with its own page", "<iframe srcdoc=\"<script>parent.pwned=1</script>\"></iframe>", "runs"),
        ("frame with code for an address", '<iframe src="javascript:parent.pwned=1"></iframe>', "runs"),
        ("link with code for an address", f'<a href="javascript:{RUN}">here</a>', "runs"),
        ("link with code behind a tab", f'<a href="java&#9;script:{RUN}">here</a>', "runs"),
        ("link to a page of data", '<a href="data:text/html,<script>opener.pwned=1</script>">here</a>'),
        ("form with code for an address", f'<form action="javascript:{RUN}"><button>x</button></form>', "runs"),
        ("button with code for an address", f'<form><button formaction="javascript:{RUN}">x</button></form>', "runs"),
        ("bare code address", f"javascript:{RUN}"),
        ("drawing that loads", f"<svg onload={RUN}>", "runs"),
        ("drawing with a script", f"<svg><script>{RUN}</script></svg>", "runs"),
        ("drawing with a page in it", f"<svg><foreignObject><img src=x onerror={RUN}></foreignObject></svg>", "runs"),
        ("drawing that uses another", f"<svg><use href=\"data:image/svg+xml,<svg onload='{RUN}' id='x'/>#x\"/></svg>"),
        ("drawing with a moving link", f"<svg><a><animate attributeName=href values=javascript:{RUN} /></a></svg>"),
        ("formula with a link", f"<math><mi xlink:href='javascript:{RUN}'>x</mi></math>"),
        ("formula that a filter turns round",
         f'<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=x onerror={RUN}&gt;">'),
        ("text behind a noscript", f'<noscript><p title="</noscript><img src=x onerror={RUN}>"></noscript>', "runs"),
        # --- out of where a text stands
        ("out of an attribute", f'"><script>{RUN}</script>', "runs"),
        ("into an attribute", f"' onmouseover='{RUN}"),
        ("out of a title", f"</title></head><script>{RUN}</script>", "runs"),
        ("out of a style", f"</style><script>{RUN}</script>", "runs"),
        ("out of a script", f"</script><script>{RUN}</script>", "runs"),
        ("out of a box", f"</textarea></select><script>{RUN}</script>", "runs"),
        ("out of a comment", f"--><script>{RUN}</script><!--", "runs"),
        ("out of a comment, oddly", f"--!><script>{RUN}</script>", "runs"),
        ("out of character data", f"]]><script>{RUN}</script>", "runs"),
        ("an end that never comes", "<!-- <plaintext> <title>"),
        # --- requests
        ("remote image", f'<img src="{BEACON}image.png">', "asks"),
        ("remote image by its sizes", f'<img srcset="{BEACON}sizes.png 1x">', "asks"),
        ("remote poster", f'<video poster="{BEACON}poster.png"></video>', "asks"),
        ("remote frame", f'<iframe src="{BEACON}frame"></iframe>', "asks"),
        ("remote object", f'<object data="{BEACON}object"></object>', "asks"),
        ("remote plug-in", f'<embed src="{BEACON}embed">', "asks"),
        ("remote style", f'<link rel="stylesheet" href="{BEACON}style.css">', "asks"),
        ("remote icon", f'<link rel="preload" as="image" href="{BEACON}icon.png">', "asks"),
        ("prefetch", f'<link rel="prefetch" href="{BEACON}next"><link rel="dns-prefetch" href="{BEACON}">'),
        ("imported style", f'<style>@import "{BEACON}import.css"; body {{ display: none }}</style>', "asks"),
        ("style with an address", f'<p style="background: url({BEACON}background.png)">x</p>', "asks"),
        ("font", f"<style>@font-face {{font-family: x; src: url({BEACON}font)}} * {{font-family: x}}</style>x", "asks"),
        ("refresh", f'<meta http-equiv="refresh" content="0;url={BEACON}refresh">', "asks"),
        ("base", f'<base href="{BEACON}"><img src="below.png">', "asks"),
        ("form to another machine", f'<form action="{BEACON}form"><button>x</button></form>', "asks"),
        ("drawing with a remote image", f'<svg><image href="{BEACON}drawn.png" /></svg>', "asks"),
        ("bare address", f"See {BEACON}bare or www.example.org or mailto:pwned@example.org"),
        # --- files of others
        ("frame with a file", f'<iframe src="{TARGET}"></iframe>', "reads"),
        ("object with a file", f'<object data="{TARGET}"></object>', "reads"),
        ("plug-in with a file", f'<embed src="{TARGET}">', "reads"),
        ("frame with a file next door", '<iframe src="../../../bob/secret.txt"></iframe>'),
        ("entity with a file", f'<!DOCTYPE x [<!ENTITY c SYSTEM "{TARGET}">]><x>&c;</x>'),
        ("inclusion of a file", f'<xi:include href="{TARGET}" parse="text"/> {{% include "{TARGET}" %}}'),
        ("LaTeX with a file", r"\input{/etc/passwd} \includegraphics{/etc/passwd} $\write18{touch pwned}$"),
        # --- Markdown and diagrams
        ("Markdown link with code", f"[here](javascript:{RUN}) [x]: javascript:{RUN}"),
        ("Markdown image", f"![beacon]({BEACON}beacon.png)"),
        ("Markdown link in brackets", f"<{BEACON}auto> <pwned@example.org>"),
        ("Markdown marks", "# Heading | cell | **bold** _under_ ~~struck~~ `code` [ ] 1. one > quote"),
        ("Markdown with lines", "Title\n=====\n\n- one\n- two\n\n| a | b |\n|---|---|\n| c | d |"),
        ("diagram in a fence", f"```mermaid\ngraph TD; A[<img src=x onerror={RUN}>]\n```"),
        ("diagram in one line", f"%%{{init: {{'securityLevel': 'loose'}}}}%% graph TD; A[<img src=x onerror={RUN}>]"),
        ("diagram in a block", f'<pre class="mermaid">graph TD; A["<img src=x onerror={RUN}>"]</pre>', "runs"),
        # --- mathematics
        ("money", "$100k to $120k"),
        ("two dollars", "$$100 and $$"),
        ("formula that is none", "$x^$ $\\foo$"),
        ("broken fraction", "\\frac{1}$ $\\frac{1}$"),
        ("formula with brackets", "\\(y^2\\) \\[z\\] \\begin{align} q \\end{align}"),
        ("fifty braces", "$" + "{" * 50 + "x" + "}" * 50 + "$"),
        # --- what nobody sees
        ("turned round", "safe\u202egnp.exe\u202c"),
        ("turned apart", "\u2066hidden\u2069 \u2067left\u2068 \u200fmark\u200e \u061c"),
        ("without width", "zero\u200bwidth\u200djoined\u2060word\ufeff"),
        ("letters as tags", "plain\U000e0048\U000e0049 and \ufe0f"),
        ("a pile of marks", "z" + "\u0301\u0316" * 12 + "algo"),
        ("no characters", "a\ufffeb\uffffc \ufdd0"),
        ("ends of lines", "one\u2028two\u2029three\x85four\rfive"),
        # --- a terminal
        ("title of the window", "\x1b]0;pwned\x07title"),
        ("link in a terminal", f"\x1b]8;;{BEACON}\x1b\\here\x1b]8;;\x1b\\"),
        ("cleared screen", "\x1b[2J\x1b[Hclear"),
        ("colour", "\x1b[31mred\x1b[0m \x1b[8mhidden"),
        ("codes of one character", "\x9b31mred \x9d0;pwned\x9c \x90q\x9c"),
        ("clipboard", "\x1b]52;c;cHduZWQ=\x07copied"),
        ("overwritten", "bad\b\b\bgood"),
        ("every control character", "x".join(map(chr, (*range(1, 32), 127))) + "x"),
        ("zero", "before\0after"),
        # --- templates, code and settings
        ("template", "{{ 7*7 }} {{ ''.__class__ }}"),
        ("template with a tag", "{% raw %} {% for x in () %} {# x #}"),
        ("other templates", "${7*7} <%= 7*7 %> #{7*7} $(touch pwned) `touch pwned`"),
        ("format", "%(x)s %s %d {0} {name} {posting.path}"),
        ("YAML tag", '!!python/object/apply:os.system ["touch pwned"]'),
        ("YAML marks", "&a *a <<: *a ? x : - y | > % @"),
        ("second document", "---\nformat: 9\n...\n--- !x"),
        ("Python behind a quote", "'; import os; os.system('touch pwned') #"),
        ("Python behind quotes", '"""\nimport os\nos.system("touch pwned")\n"""'),
        ("backslashes", "C:\\new\\table \\u202e \\x1b[2J \\"),
        ("SQL", "x'); DROP TABLE notes; --"),
        # --- formulas
        ("sum", "=1+1"),
        ("link in a cell", f'=HYPERLINK("{BEACON}","here")'),
        ("command in a cell", "=cmd|' /C calc'!A0"),
        ("plus", "+49 30 1234"),
        ("minus", "-1+1"),
        ("at", "@SUM(1)"),
        ("sum behind a tab", "\t=1+1"),
        ("sum behind a return", "\r=1+1"),
        ("sum behind a mark", "'=1+1"),
        ("wide sum", "\uff1d1+1"),
        # --- entities
        ("entities", "&lt;script&gt;window.pwned=1&lt;/script&gt; &amp; &nbsp; &copy;"),
        ("entities twice", "&amp;lt;img src=x onerror=window.pwned=1&amp;gt;"),
        ("entities by number", "&#60;img src=x onerror=window.pwned=1&#62; &#x3c;"),
        # --- mail, calendar, cards
        ("header of a mail", "Hello\r\nBcc: pwned@example.org\r\n\r\nBody"),
        ("coded header of a mail", "=?utf-8?Q?x=0D=0ABcc:_pwned=40example.org?="),
        ("somebody else in a calendar", "Talk\nATTENDEE:mailto:pwned@example.org"),
        ("alarm in a calendar", "Talk\r\nEND:VEVENT\r\nBEGIN:VALARM\r\nACTION:DISPLAY"),
        ("marks of a calendar", "x; y, z: \\n \\; \\, \"q\""),
        ("marks of a card", "[sound:x.mp3] [latex]\\input{/etc/passwd}[/latex] {{c1::x}} deck::deck"),
        # --- sheer size, and every script
        ("very long word", "Donaudampfschifffahrt" * 60),
        ("many scripts", "مرحبا שלום 工程师 नमस्ते 🦊👩‍🚀 ﷽"),
    )
)  # fmt: skip
"""Every payload, with a name of its own."""
