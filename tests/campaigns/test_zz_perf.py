import time, tracemalloc, pytest, io
from django.db import connection
from campaigns import reports
from cli import people_lists
from tests import people
pytestmark = pytest.mark.django_db
def test_perf(settings):
    settings.SENDGRID_API_KEY="SG.x"
    c = people.start(people.make_campaign(10, 8))
    N=1_000_000
    with connection.cursor() as cur:
        cur.execute("INSERT INTO subscriber (address,address_key,domain,name,language,country,zone,attributes,created_at,soft_bounces) SELECT 'p'||g||'@x.example', decode(md5(g::text),'hex'),'x.example','Person '||g,'en','','','{}',now(),0 FROM generate_series(1,%s) g",[N])
        cur.execute("SELECT min(id) FROM subscriber WHERE address like 'p%%@x.example'"); first=cur.fetchone()[0]
        cur.execute("INSERT INTO slice (campaign_id, number, first_subscriber_id,last_subscriber_id,count,state,reason) SELECT %s, 100+g, %s+g*1000, %s+g*1000+999, 1000, CASE WHEN g%%2=0 THEN 'skipped' ELSE 'accepted' END, CASE WHEN g%%2=0 THEN 'campaign cancelled' END FROM generate_series(0,%s) g",[c.pk,first,first,N//1000-1])
        cur.execute("INSERT INTO delivery (campaign_id, subscriber_id, slice, address_key, state, reason) SELECT %s, id, 100+(id-%s)/1000, address_key, CASE WHEN id%%10=1 THEN 'bounced' END, CASE WHEN id%%10=1 THEN 'hard: 550 no' END FROM subscriber WHERE id>=%s",[c.pk,first,first])
        cur.execute("INSERT INTO event (key, kind, at, campaign_id, subscriber_id, single, detail, effect, received_at, applied_at) SELECT decode(md5('e'||id::text),'hex'), 'bounced_hard', now(), %s, id, '', '{}', '', now(), now() FROM subscriber WHERE id>=%s AND id%%10=1",[c.pk,first])
        cur.execute("INSERT INTO event (key, kind, at, campaign_id, subscriber_id, single, detail, effect, received_at, applied_at) SELECT decode(md5('o'||id::text),'hex'), 'opened', now(), %s, id, '', '{}', '', now(), now() FROM subscriber WHERE id>=%s AND id%%2=1",[c.pk,first])
        cur.execute("ANALYZE delivery; ANALYZE slice; ANALYZE event; ANALYZE subscriber")
    for outcome in reports.OUTCOMES:
        t=time.monotonic(); one=list(reports.people(c.pk,outcome,most=101)); t1=time.monotonic()-t
        t=time.monotonic(); n=people_lists._write_csv(io.StringIO(), reports.people(c.pk,outcome)); t2=time.monotonic()-t
        print(outcome, "page", round(t1,2), "all", n, round(t2,2))
    t=time.monotonic(); reports.of_person(first+1); print("person", time.monotonic()-t)
