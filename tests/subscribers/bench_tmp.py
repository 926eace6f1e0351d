# run under pytest to get servers
import random, sys, time, resource, os
from pathlib import Path
import pytest
from subscribers import subscriptions
from subscribers.importer import import_file
from publication import audit
from publication.models import Publication
N = int(os.environ.get("MAILROOM_TEST_ROWS", "200000"))
@pytest.mark.django_db(transaction=True)
def test_bench(tmp_path):
    Publication.objects.get_or_create(pk=1)
    Publication.objects.update(attribute_schema={"interests":{"type":"words"},"role":{"type":"text"}})
    a = audit.command_line()
    news = subscriptions.create_list(a, "news", "News")
    c = random.Random(1)
    p = tmp_path/"big.csv"
    given = ["Anna","Ben","张伟","José","Zoë","Olga","Grace","Henry"]; fam=["Berg","Smith","Núñez","Walker","Li"]
    with p.open("w") as f:
        f.write("email,name,language,country,interests,role,joined\n")
        for n in range(N):
            f.write(f"{c.choice(['anna','ben','wei.chen'])}.{n:x}@{c.choice(['univ','works','lab'])}-{n%977}.example,{c.choice(given)} {c.choice(fam)},{c.choice(['en','zh-Hans','es'])},{c.choice(['GB','CN','ES'])},{c.choice(['engineering;energy','physics','chemistry;space'])},{c.choice(['researcher','editor'])},20{c.randint(10,22)}-0{c.randint(1,9)}-1{c.randint(0,9)}\n")
    print(p.stat().st_size/2**20, "MiB")
    from subscribers import import_sql, importer
    tot = {}
    def timed(mod, name):
        f = getattr(mod, name)
        def g(*a, **k):
            t=time.perf_counter()
            try: return f(*a, **k)
            finally: tot[name]=tot.get(name,0)+time.perf_counter()-t
        setattr(mod, name, g)
    timed(import_sql,"merge"); timed(importer._Import,"_read")
    from django.db.backends.utils import CursorWrapper
    oe = CursorWrapper.execute
    def ex(self, sql, params=None):
        t=time.perf_counter()
        try: return oe(self, sql, params)
        finally:
            k="SQL "+" ".join(sql.split()[:4]); tot[k]=tot.get(k,0)+time.perf_counter()-t
    CursorWrapper.execute=ex
    from django.db.backends.postgresql.base import DatabaseWrapper
    oc = DatabaseWrapper._commit
    def cm(self):
        t=time.perf_counter(); oc(self); tot["commit"]=tot.get("commit",0)+time.perf_counter()-t
    DatabaseWrapper._commit = cm
    pass
    from django.db import connection
    with connection.cursor() as c:
        if "fk" in os.environ["MAILROOM_TEST_CASE"]:
            c.execute("select conname from pg_constraint where conrelid='subscription'::regclass and contype='f'")
            for (n,) in c.fetchall(): c.execute(f'alter table subscription drop constraint "{n}"')
        if "domain" in os.environ["MAILROOM_TEST_CASE"]: c.execute("drop index subscriber_domain")
        if "state" in os.environ["MAILROOM_TEST_CASE"]: c.execute("drop index subscription_list_state")
        c.execute("select indexname from pg_indexes where tablename in ('subscriber','subscription')"); print("rows/s", os.environ["MAILROOM_TEST_CASE"], c.fetchall())
    for what in ("first","again"):
        tot.clear()
        with connection.cursor() as c:
            c.execute("select pg_backend_pid()"); pid=c.fetchone()[0]
        def pgcpu():
            f=open(f"/proc/{pid}/stat").read().rsplit(")",1)[1].split(); return (int(f[11])+int(f[12]))/100
        pc=pgcpu(); t=time.perf_counter(); c0=time.process_time(); run = import_file(a,p,news,consent="x"); t=time.perf_counter()-t
        print(f"{what} rows/s {N/t:,.0f} {t:.2f} cpu {time.process_time()-c0:.2f} pgcpu {pgcpu()-pc:.2f}", {k: round(v,2) for k,v in sorted(tot.items(), key=lambda x:-x[1]) if v>.05}, flush=True)
