"""Who we are: the tree of unions, postings and rights, the log-in, the shell of every page.

What a module answers:
    rights      permissions (what a role may do), scope (which rows), standing (over whose account),
                access (decorators of views), system_lists (what holds for every union)
    log-in      authentication, passwords, second_factor, sessions, crowd, limits, failed_attempts,
                paper_codes and shown_once (what is printed once), middleware
    tree        branches (as drawn), mentioned (as a file speaks of it), checks, kinds,
                tree_history, resources (its columns in a file), second_look (which asks again)
    pages       shell and slots (around a page), landing, search, filters,
                lists/, forms/, views/, admin
    log         object_history, log_names, log_words, log_alarm, downloads
    at night    housekeeping
"""
