from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("jobs", "0002_job_staff")]

    operations = [
        # Files stay where they are; an older version finds them again by the way back.
        migrations.RunSQL(
            "UPDATE jobs_job SET result_file = regexp_replace(result_file, '^.*/', '')"
            " WHERE result_file <> ''",
            "UPDATE jobs_job SET result_file = 'jobs/' || id || '/' || result_file"
            " WHERE result_file <> ''",
        ),
        migrations.AddConstraint(
            model_name="job",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("result_file", ""),
                    ("result_file__regex", "^[0-9]+\\.[a-z]{1,8}$"),
                    _connector="OR",
                ),
                name="jobs_job_result_without_folder",
                violation_error_message="结果文件只能在任务自己的文件夹里。",
            ),
        ),
    ]
