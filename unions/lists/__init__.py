"""Lists: what `relief.lib.tables` does for any table, joined with who is asking.

A list is declared once, beside its view, and the page and the export both come from it:

    PEOPLE = register(Listing(PEOPLE_TABLE, "人员名单", rows=visible_people, filters=PersonFilter))

    context = list_page(request, PEOPLE)
    return render_region(request, "unions/staff_list.html", context)

Its template includes `tables/filters.html` and, in `{% partialdef rows inline %}`,
`tables/rows.html`. Source: UX §6.
"""
