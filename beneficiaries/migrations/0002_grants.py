from django.db import migrations

from relief.lib.grants import GrantToApp

HISTORY = (
    "beneficiaries_attachmentevent",
    "beneficiaries_beneficiaryevent",
    "beneficiaries_beneficiarylinkevent",
    "beneficiaries_categorymembershipevent",
    "beneficiaries_consentevent",
    "beneficiaries_fileexclusionevent",
    "beneficiaries_filepublicityevent",
    "beneficiaries_hardshipfileevent",
    "beneficiaries_householdmemberevent",
    "beneficiaries_livingstandardevent",
    "beneficiaries_publicityruleevent",
    "beneficiaries_transferevent",
    "beneficiaries_workplaceevent",
)
APPEND_ONLY = (
    "beneficiaries_filereview",
    "beneficiaries_filestep",
    "beneficiaries_incomecalculation",
    "beneficiaries_keptapart",
)
NEVER_DELETED = (
    "beneficiaries_attachment",
    "beneficiaries_beneficiary",
    "beneficiaries_beneficiarylink",
    "beneficiaries_categorymembership",
    "beneficiaries_consent",
    "beneficiaries_fileexclusion",
    "beneficiaries_filepublicity",
    "beneficiaries_hardshipfile",
    "beneficiaries_livingstandard",
    "beneficiaries_personkey",
    "beneficiaries_publicityrule",
    "beneficiaries_transfer",
    "beneficiaries_workplace",
)


class Migration(migrations.Migration):
    dependencies = [("beneficiaries", "0001_registry")]

    operations = [
        *[GrantToApp(table, "SELECT") for table in HISTORY],
        *[GrantToApp(table, "SELECT, INSERT") for table in APPEND_ONLY],
        *[GrantToApp(table, "SELECT, INSERT, UPDATE") for table in NEVER_DELETED],
    ]
