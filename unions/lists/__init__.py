"""Lists: what `relief.lib.tables` does for any table, joined with who is asking.

A list is declared once, beside its view in `views/…_table.py`, and the page and the export both
come from it:

    PEOPLE = register(
        Listing(
            PEOPLE_TABLE,
            "人员名单",
            rows=visible_people,
            filters=PersonFilter,
            capabilities=(Capability.VIEW_STAFF,),
        )
    )

    context = list_page(request, PEOPLE)
    return render_region(request, "unions/staff_list.html", context)

Its template includes `tables/filters.html` and, in `{% partialdef rows inline %}`,
`tables/rows.html`.

A condition on rows that a row has many of is an `Exists(…)` or a `pk__in=…`, never a join: that
would double rows, totals and export (tests/test_listings.py). Source: UX §6.
"""
