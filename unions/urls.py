from django.urls import path

from unions.views import account, accounts, home, log, login, staff, tree, union_import

session_patterns = [
    path("login/", login.log_in, name="login"),
    path("logout/", login.log_out, name="logout"),
    path("activate/", login.activation, name="activation"),
    path("second-factor/", login.factor_verify, name="second-factor"),
    path("confirm/", login.identity_confirm, name="identity-confirm"),
]

account_patterns = [
    path("account/", account.account, name="account"),
    path("account/password/", account.password_change, name="password-change"),
    path("account/second-factor/", account.factor_setup, name="second-factor-setup"),
    path("account/recovery-codes/", account.factor_codes, name="recovery-codes"),
    path("account/recovery-codes/renew/", account.factor_codes_renew, name="recovery-codes-renew"),
    path("account/sessions/end/", account.session_end, name="session-end"),
    path("account/posting/", account.posting_switch, name="posting-switch"),
    path("messages/", account.message_list, name="message-list"),
    path("messages/read/", account.message_read, name="message-read"),
]

union_patterns = [
    path("unions/", tree.union_list, name="union-list"),
    path("unions/create/", tree.union_create, name="union-create"),
    path("unions/search/", home.union_search, name="union-search"),
    path("unions/export/", union_import.union_export, name="union-export"),
    path("unions/template/", union_import.union_template, name="union-template"),
    path("unions/import/", union_import.union_import, name="union-import"),
    path("unions/import/<int:pk>/", union_import.union_import_preview, name="union-import-preview"),
    path(
        "unions/import/<int:pk>/apply/", union_import.union_import_apply, name="union-import-apply"
    ),
    path("unions/<slug:code>/", tree.union_detail, name="union-detail"),
    path("unions/<slug:code>/change/", tree.union_change, name="union-change"),
    path("unions/<slug:code>/move/", tree.union_move, name="union-move"),
    path("unions/<slug:code>/close/", tree.union_close, name="union-close"),
    path("unions/<slug:code>/merge/", tree.union_merge, name="union-merge"),
]

staff_patterns = [
    path("staff/", staff.staff_list, name="staff-list"),
    path("staff/export/", staff.staff_export, name="staff-export"),
    path("staff/create/", staff.staff_create, name="staff-create"),
    path("staff/post/", staff.staff_post, name="staff-post"),
    path("staff/account/", accounts.account_create, name="account-create"),
    path("staff/accounts/", accounts.account_list, name="account-list"),
    path("staff/accounts/one/", accounts.account_detail, name="account-detail"),
    path("staff/accounts/one/code/", accounts.account_code, name="account-code"),
    path("staff/<int:pk>/", staff.staff_detail, name="staff-detail"),
    path("staff/<int:pk>/end/", staff.staff_end, name="staff-end"),
    path("staff/<int:pk>/hand-over/", staff.staff_hand_over, name="staff-hand-over"),
    path("staff/<int:pk>/code/", accounts.activation_issue, name="activation-issue"),
    path("staff/<int:pk>/disable/", accounts.account_disable, name="account-disable"),
    path("staff/<int:pk>/enable/", accounts.account_enable, name="account-enable"),
    path("staff/<int:pk>/sessions/", accounts.account_sessions_end, name="account-sessions-end"),
    path("staff/slip/", accounts.activation_slip, name="activation-slip"),
    path("staff/<int:pk>/request/<slug:kind>/", accounts.account_request, name="account-request"),
    path(
        "staff/<int:pk>/request/<slug:kind>/decide/",
        accounts.account_request_decide,
        name="account-request-decide",
    ),
]

log_patterns = [
    path("log/", log.log_list, name="log-list"),
    path("log/export/", log.log_export, name="log-export"),
    path("log/<str:label>/<str:pk>/", log.log_object, name="log-object"),
]

urlpatterns = [
    path("", home.home, name="home"),
    path("search/", home.search, name="search"),
    path("help/", home.help_page, name="help"),
    *session_patterns,
    *account_patterns,
    *union_patterns,
    *staff_patterns,
    *log_patterns,
]
