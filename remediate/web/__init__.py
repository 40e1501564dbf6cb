"""The pages for review, approval, the night and the ledger: a thin face over the use cases of the command line.

How a page is added: a view in a module of this package, decorated by `roles.page(Role...)`, opens the ledger with
`opening.opened(request)`, calls a use case, records whom it showed (`opening.looked`) and answers `showing.show`. Its
template extends `web/base.html` (blocks `title`, `content`, `scripts`) and speaks by `{% say "name" %}`; its sentences
stand in a mapping that `words.py` joins; its address stands in `urls.py`, its place in the menu in `sections.py`. Parts
of a page go by htmx attributes: scripts come from `django_htmx` alone, none stands in a page.
"""
