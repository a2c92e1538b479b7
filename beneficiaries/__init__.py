"""Whom we help: people, their categories and papers, hardship files, ledgers read from Excel.

What a module answers:
    people      identity, paper, names (what was typed), personal (how it is sealed), shown (masks),
                people_rows, people_filters and people_export (the list), bulk_acts, person_page,
                person_history, duplicates, comparing and same_person_panels (who may be the same)
    files       lifecycle (the steps), acts (who may take them), makers, ownership, required,
                sections, file_shown, file_papers, file_filters, file_tasks, waiting,
                income and income_shown, publicity, working_days, standards_read
    ledgers     importing/ (from sheets to people, no database), services/ledgers/ (the four steps),
                ledger_stand (where it stands), ledger_book, ledger_words, ledger_template (step 2),
                ledger_check, ledger_shown, ledger_masks, ledger_problems, ledger_deciding (step 3),
                ledger_result (step 4), ledger_layout (the columns that other systems take)
    for others  navigation, landing, search, log_names, union_panels, slots, registry_checks,
                elsewhere (a number that another union knows)
    at night    housekeeping
"""
