"""Where higher apps have a say in the pages of jobs (DESIGN §8.11)."""

from django.http import HttpRequest

from relief.jobs.models import Job
from relief.lib.slots import Hook, Slot

#: (request, job) → whether the result may be handed out; one "no" refuses the download.
downloads: Slot[[HttpRequest, Job], bool] = Slot("job-downloads")
#: (request, job) → told when a result is handed out.
downloaded: Hook[[HttpRequest, Job], None] = Hook("job-downloaded")
