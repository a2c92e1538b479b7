"""What moved: pots of money, goods, gifts, and every movement of them down and up the tree.

What a module answers:
    writing     services/movements (receive, allot, return, disburse, reverse), services/purchases,
                services/commitments, services/donations, services/stock, services/receipts,
                services/funds, services/goods; portions (what a service is told of one line),
                rules (what is refused, and in which words), refusals (what the database refuses)
    truth       models/sql (the triggers that keep balances, commitments and chains),
                chain and anchors, checks/ (everything recomputed, for check_ledger)
    reading     overview (sums by fund, union, item; the entries behind each number)
    for others  open_matters (what stops a campaign from ending), union_records, log_names
"""
