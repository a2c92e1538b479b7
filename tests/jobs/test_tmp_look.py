import os

os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from playwright.sync_api import sync_playwright

from relief.codes.services import codes_folder, load_codes
from relief.jobs import services, tasks
from relief.jobs.models import Job
from relief.jobs.running import Running
from tests.codes.test_admin import member
from tests.jobs import kinds
from unions.permissions import Role


@pytest.mark.django_db(transaction=True)
def test_look(live_server, media):
    user = member("ann", Role.MAKER)
    user.full_name = "安宁"
    user.save()
    from unions.models import Staff

    Staff.objects.create(
        user=user, union=Staff.objects.get().union, role="system_admin"
    ) if 0 else None
    load_codes(codes_folder())

    def make(title, **k):
        return services.enqueue(
            "test-count", title, by_user_id=user.pk, arguments={"total": 2}, **k
        )

    a = make("导出：困难职工台账（建国门街道总工会）")
    b = make("导入：2026 年两节困难职工台账")
    rb = Running(tasks.claim(str(b.pk)))
    rb.advance(3200, 5000, "正在核对身份证号", problems=6)
    c = make("导出：两节发放名册")
    rc = Running(tasks.claim(str(c.pk)))
    with tasks.Outcome(rc):
        kinds.count(rc)
    d = make("导出：走访记录")
    tasks.claim(str(d.pk))
    Job.objects.filter(pk=d.pk).update(heartbeat_at=timezone.now() - timedelta(minutes=3))
    services.interrupt_stalled()
    e = make("导入：残疾职工名单")
    re_ = Running(tasks.claim(str(e.pk)))
    from django.core.exceptions import ValidationError

    with tasks.Outcome(re_):
        raise ValidationError("文件里没有“姓名”这一列。请把标题行放在前 20 行里再导入。")
    f = make("导出：去年的统计表")
    rf = Running(tasks.claim(str(f.pk)))
    with tasks.Outcome(rf):
        kinds.count(rf)
    Job.objects.filter(pk=f.pk).update(
        expires_at=timezone.now() - timedelta(days=1), result_file=""
    )
    client = Client()
    client.force_login(user)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    with sync_playwright() as p:
        br = p.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
            ],
        )
        for w, h in ((1366, 768), (390, 844)):
            ctx = br.new_context(viewport={"width": w, "height": h}, locale="zh-CN")
            ctx.add_cookies(
                [{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}]
            )
            pg = ctx.new_page()
            errs = []
            pg.on("console", lambda m: errs.append(m.text) if m.type == "error" else None)
            pg.goto(live_server.url + "/jobs/")
            pg.screenshot(path=f"/tmp/jobspg/list_{w}.png", full_page=True)
            if w == 1366:
                with tasks.Outcome(rb):
                    rb.advance(5000, 5000, problems=6)
                pg.wait_for_selector(f"#job-{b.pk} .is-ok", timeout=10000)
                print("POLL OK, hx-get left:", pg.locator(f"#job-{b.pk}").get_attribute("hx-get"))
                pg.screenshot(path=f"/tmp/jobspg/list_{w}_after.png", full_page=True)
            pg.goto(live_server.url + f"/jobs/{a.pk}/")
            pg.screenshot(path=f"/tmp/jobspg/one_{w}.png", full_page=True)
            pg.goto(live_server.url + f"/jobs/{f.pk}/file/")
            pg.screenshot(path=f"/tmp/jobspg/gone_{w}.png", full_page=True)
            from axe_playwright_python.sync_playwright import Axe

            for path in ("/jobs/", f"/jobs/{a.pk}/"):
                pg.goto(live_server.url + path)
                r = Axe().run(
                    pg,
                    options={
                        "runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]
                    },
                )
                print(path, w, r.violations_count)
                if r.violations_count:
                    print(r.generate_report()[:2500])
            print("ERRS", errs)
        br.close()

@pytest.mark.django_db(transaction=True)
@pytest.mark.ignore_template_errors
def test_admin_look(live_server, media):
    user = member("sys", Role.SYSTEM_ADMIN); load_codes(codes_folder())
    client=Client(); client.force_login(user)
    cookie=client.cookies[settings.SESSION_COOKIE_NAME].value
    with sync_playwright() as p:
        br=p.chromium.launch(executable_path="/usr/bin/chromium",args=["--no-sandbox","--disable-gpu","--disable-quic","--no-first-run","--disable-background-networking","--disable-component-update","--disable-sync"])
        ctx=br.new_context(viewport={"width":1366,"height":768}, locale="zh-CN")
        ctx.add_cookies([{"name":settings.SESSION_COOKIE_NAME,"value":cookie,"url":live_server.url}])
        pg=ctx.new_page(); errs=[]
        pg.on("console", lambda m: errs.append(m.text) if m.type in("error","warning") else None)
        for n,path in enumerate(("/admin/","/admin/codes/code/?list__key__exact=category","/admin/codes/code/category%3AHW/change/","/admin/codes/code/import/","/admin/codes/code/export/")):
            r=pg.goto(live_server.url+path); pg.screenshot(path=f"/tmp/jobspg/admin_{n}.png"); print(path, r.status, errs); errs.clear()
        br.close()
