"""Imports of 困难职工台账: from the upload to what is decided about each row.

    receiving   the upload, kept sealed; throwing an import away
    reading     job ledger-read: sheets, heading rows, columns (step 2)
    layouts     what people choose about sheets and columns
    staging     job ledger-stage: every row judged against the registry (step 3)
    demands     whether a reviewer has to release it, and to take it back
    decisions   mending, accepting, choosing, skipping; each judges only what it touches

Nothing here writes people, files or aid: that is `applying`. Source: UX P7, DESIGN §5
(docs/decisions/0014-ledger-imports.md).
"""
