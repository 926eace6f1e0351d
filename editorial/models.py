"""Records of issues: source, edits, revisions, versions, variants, pictures, comments, reviews. Fields and keys, no verbs."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from editorial.search_records import ArticleText as ArticleText
from publication.models import Actor


class IssueRecord(models.Model):
    """One issue of the publication, over all its versions."""

    class Archive(models.TextChoices):
        USUAL = "usual"
        SHOWN = "shown"
        WITHHELD = "withheld"

    slug = models.TextField(unique=True, help_text="its number in the address bar and the CLI")
    title = models.TextField()
    archive = models.TextField(choices=Archive.choices, default=Archive.USUAL, db_default=Archive.USUAL)
    # Not always the one with the highest number: an earlier content may have been stored again.
    current = models.ForeignKey("IssueVersion", null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "issue"

    def __str__(self) -> str:
        return self.slug


class IssueSource(models.Model):
    """The head of an issue's source: the number of its newest edit. It moves only by compare-and-set (edits_sql.advance)."""

    issue = models.OneToOneField(IssueRecord, on_delete=models.PROTECT, primary_key=True, related_name="source")
    head = models.IntegerField(default=0, help_text="0: no edit yet")
    revised = models.IntegerField(default=0, help_text="the head when its newest revision was named")
    stored = models.IntegerField(default=0, help_text="the head when a folder that was not pulled was stored last")
    changed_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "issue_source"


class Original(models.Model):
    """A file as it was uploaded, in the private store (editorial/sources/originals.py), once per digest."""

    class Kind(models.TextChoices):
        PICTURE = "picture"
        DOCUMENT = "document"
        IMPORT = "import"

    digest = models.TextField(primary_key=True, help_text="SHA-256 of the file, hex; also its name in the store")
    kind = models.TextField(choices=Kind.choices)
    name = models.TextField(blank=True, default="", help_text="of the file when it was uploaded first")
    byte_count = models.BigIntegerField()
    actor = models.ForeignKey(Actor, on_delete=models.PROTECT)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "original"

    def __str__(self) -> str:
        return self.name or self.digest


class DocumentImport(models.Model):
    """An uploaded document on its way to an issue. The worker reads it, and a person answers its questions."""

    class State(models.TextChoices):
        WAITING = "waiting"  # for the worker
        READING = "reading"
        ASKING = "asking"  # whether tracked changes are accepted
        READY = "ready"  # read; title, number and date are to be confirmed
        DONE = "done"  # `issue` was made of it
        FAILED = "failed"
        CANCELLED = "cancelled"

    state = models.TextField(choices=State.choices, default=State.WAITING)
    file_name = models.TextField(help_text="of the document, as it was uploaded")
    template = models.ForeignKey(IssueRecord, null=True, on_delete=models.SET_NULL, related_name="+", help_text="its model")
    issue = models.ForeignKey(IssueRecord, null=True, on_delete=models.PROTECT, related_name="imports")
    tracked = models.TextField(blank=True, default="", help_text="accept or reject; empty: nobody decided")
    # {"counts": {"insertion": 2}, "authors": {"Li Na": 2}, "samples": [["insertion", "Li Na", "Hebei"]]}
    changes = models.JSONField(null=True, help_text="the tracked changes of the document")
    result = models.JSONField(null=True, help_text="what was read: editorial.importing.import_results")
    error = models.TextField(blank=True, default="", help_text="why it failed: a code of composer.importing.refusals")
    detail = models.TextField(blank=True, default="", help_text="the same in English, with the place in the file")
    tries = models.IntegerField(default=0, help_text="how often a worker began")
    actor = models.ForeignKey(Actor, on_delete=models.PROTECT)
    created_at = models.DateTimeField(db_default=Now())
    changed_at = models.DateTimeField(help_text="when the state changed")

    class Meta:
        db_table = "document_import"
        indexes: ClassVar = [
            models.Index(fields=["id"], name="document_import_open", condition=models.Q(state__in=["waiting", "reading"]))
        ]


class ImportedFile(models.Model):
    """A file of an import: the document, a picture that was uploaded with it, or a picture that was found in it."""

    class Role(models.TextChoices):
        DOCUMENT = "document"
        PICTURE = "picture"
        FOUND = "found"

    run = models.ForeignKey(DocumentImport, on_delete=models.CASCADE, related_name="files")
    original = models.ForeignKey(Original, on_delete=models.PROTECT)
    role = models.TextField(choices=Role.choices)
    name = models.TextField(help_text="as it was uploaded, or the name that the import gave it")

    class Meta:
        db_table = "imported_file"
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return self.name


class IssueEdit(models.Model):
    """One change of an issue's source: the new text of a part, the new order of a file's parts, or a new picture.

    An edit never changes (a trigger rejects UPDATE). The source at a moment is the newest edit of each thing until then.
    """

    class Kind(models.TextChoices):
        TEXT = "text"
        OUTLINE = "outline"
        PICTURE = "picture"

    issue = models.ForeignKey(IssueRecord, on_delete=models.PROTECT, related_name="edits", db_index=False)
    number = models.IntegerField(help_text="from 1 on, in the order in which edits were accepted")
    kind = models.TextField(choices=Kind.choices)
    file = models.TextField(help_text="name of the file: issue.md and one more for each further language, or of the picture")
    part = models.TextField(blank=True, default="", help_text="id of the part (composer/issue/parts); only of texts")
    base = models.IntegerField(default=0, help_text="the edit of the same thing that this one replaces; 0: there was none")
    text = models.TextField(null=True, help_text="null: the part is deleted")  # noqa: DJ001 - an empty text is another thing
    # ["@head", "@footer", "news", "dates"]; null: the file is deleted
    outline = models.JSONField(null=True)
    # The picture is one of these; both null: it is deleted. Pictures from before originals exist only re-encoded.
    original = models.ForeignKey(Original, null=True, on_delete=models.PROTECT)
    media = models.ForeignKey("Media", null=True, on_delete=models.PROTECT)
    actor = models.ForeignKey(Actor, on_delete=models.PROTECT)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "issue_edit"
        constraints: ClassVar = [models.UniqueConstraint(fields=["issue", "number"], name="issue_edit_number")]
        indexes: ClassVar = [models.Index(fields=["issue", "kind", "file", "part", "-number"], name="issue_edit_newest")]


class IssueRevision(models.Model):
    """A named point in the edits of an issue."""

    class Reason(models.TextChoices):
        PAUSE = "pause"  # nobody edited for ten minutes
        REVIEW = "review"
        RESTORE = "restore"
        IMPORT = "import"
        PUSH = "push"
        REPLACE = "replace"  # before words are replaced in several parts

    issue = models.ForeignKey(IssueRecord, on_delete=models.PROTECT, related_name="revisions", db_index=False)
    number = models.IntegerField(help_text="from 1 on")
    edit = models.IntegerField(help_text="the newest edit that belongs to it")
    reason = models.TextField(choices=Reason.choices)
    actor = models.ForeignKey(Actor, on_delete=models.PROTECT)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "issue_revision"
        constraints: ClassVar = [models.UniqueConstraint(fields=["issue", "number"], name="issue_revision_number")]


class IssueVersion(models.Model):
    """The issue's files at one moment. Its variants are the mails composed from them; `choices` says who gets which.

    A version never changes; another content is another version.
    """

    issue = models.ForeignKey(IssueRecord, on_delete=models.PROTECT, related_name="versions")
    number = models.IntegerField()
    # {"issue.md": "---...", "issue.zh-Hans.md": "---..."}
    sources = models.JSONField(default=dict, help_text="file name -> text, of every language")
    theme = models.TextField(default="cast", help_text="of issue.md")
    subject = models.TextField(help_text="of variant 0, by which staff know the version")
    # [{"language": "en", "comparisons": ["country = \"CN\""], "numbers": [0, 1]}]: composer.issue.variants.Choice.
    choices = models.JSONField(default=list)
    # [["images/light.jpg", "light-0123456789ab.jpg"]]: the stored picture of each figure in the sources.
    pictures = models.JSONField(default=list)
    digest = models.TextField(help_text="SHA-256 over everything that reaches a recipient and who gets what, hex")
    dated = models.DateField(null=True, help_text="the day of the issue, as its readers see it")
    revision = models.ForeignKey("IssueRevision", null=True, on_delete=models.PROTECT, help_text="whose source it was made of")
    # [{"code": "postal-address", "level": "error", "params": {}, "file": "issue.md", "line": 3}]: what preflight found.
    findings = models.JSONField(default=list)
    actor = models.ForeignKey(Actor, on_delete=models.PROTECT)
    created_at = models.DateTimeField(db_default=Now())
    is_searchable = models.BooleanField(default=False, db_default=False, help_text="its texts are in article_text")

    class Meta:
        db_table = "issue_version"
        constraints: ClassVar = [models.UniqueConstraint(fields=["issue", "number"], name="issue_version_number")]
        indexes: ClassVar = [models.Index(fields=["id"], condition=models.Q(is_searchable=False), name="issue_version_waits")]


class IssueVariant(models.Model):
    """One finished mail of a version: in one language, for recipients for whom one of `holds` is true (all if it is empty)."""

    version = models.ForeignKey(IssueVersion, on_delete=models.PROTECT, related_name="variants", db_index=False)
    number = models.SmallIntegerField(help_text="from 0 on, in the order of languages and outcomes")
    language = models.TextField(default="en")
    # ["country = \"CN\" and member != True"]: the outcomes of conditions that select this variant.
    holds = models.JSONField(default=list)
    subject = models.TextField()
    preheader = models.TextField(blank=True, default="")
    html = models.TextField()
    text = models.TextField()
    # [{"tag": "-mr_name_html-", "name": "name", "default": "reader", "escape": "html"}]
    fields = models.JSONField(default=list)
    digest = models.TextField(help_text="SHA-256 over everything of it that reaches a recipient, hex")
    page_key = models.TextField(db_default="", default="", help_text="the mail leads to pages under it; empty: older than these")

    class Meta:
        db_table = "issue_variant"
        ordering: ClassVar = ["number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["version", "number"], name="issue_variant_number"),
            models.UniqueConstraint(fields=["page_key"], condition=~models.Q(page_key=""), name="issue_variant_page_key"),
        ]


class Media(models.Model):
    """A re-encoded picture, stored once per digest; never deleted while a sent campaign uses it."""

    digest = models.TextField(primary_key=True)
    path = models.TextField(help_text="name in Django's default storage")
    content_type = models.TextField()
    width = models.IntegerField()
    height = models.IntegerField()
    byte_count = models.IntegerField()
    versions = models.ManyToManyField(IssueVersion, related_name="media")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "media"
        verbose_name_plural = "media"

    def __str__(self) -> str:
        return self.path


class Presence(models.Model):
    """A member of staff has the page of an issue open. The page says so every few seconds."""

    issue = models.ForeignKey(IssueRecord, on_delete=models.CASCADE, related_name="presences", db_index=False)
    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    file = models.TextField(blank=True, default="", help_text="with `part`: what they edit; empty: nothing")
    part = models.TextField(blank=True, default="")
    seen_at = models.DateTimeField()

    class Meta:
        db_table = "issue_presence"
        constraints: ClassVar = [models.UniqueConstraint(fields=["issue", "account"], name="issue_presence_once")]


class Review(models.Model):
    """A request to look at one version of an issue. A new review of an issue ends the one before."""

    version = models.ForeignKey(IssueVersion, on_delete=models.PROTECT, related_name="reviews")
    note = models.TextField(blank=True, default="", help_text="what the reviewers should know")
    due_at = models.DateTimeField(null=True)
    actor = models.ForeignKey(Actor, on_delete=models.PROTECT)
    created_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True, help_text="when it was taken back, or when another review of the issue began")

    class Meta:
        db_table = "review"


class ReviewRequest(models.Model):
    """A colleague who is asked for a review. The answer is their decision about the version's content."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="requests", db_index=False)
    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="review_requests")

    class Meta:
        db_table = "review_request"
        constraints: ClassVar = [models.UniqueConstraint(fields=["review", "account"], name="review_request_once")]


class ReviewLink(models.Model):
    """A link to one version for somebody without an account. Its token is made from its id and creation and never stored."""

    class Kind(models.TextChoices):
        COMMENT = "comment"  # staff copy the link
        APPROVE = "approve"  # only mailed; a decision needs a code that is mailed to the same address

    version = models.ForeignKey(IssueVersion, on_delete=models.PROTECT, related_name="links")
    kind = models.TextField(choices=Kind.choices)
    name = models.TextField(help_text="of the person, or what the link is for")
    address = models.TextField(blank=True, default="", help_text="only of an approving link")
    language = models.TextField(blank=True, default="", help_text="of its mails and pages; empty: that of the publication")
    actor = models.ForeignKey(Actor, on_delete=models.PROTECT)
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    code = models.TextField(blank=True, default="", help_text="keyed hash of the code that was mailed last; empty: none is valid")
    code_at = models.DateTimeField(null=True)
    code_tries = models.IntegerField(default=0)

    class Meta:
        db_table = "review_link"
        permissions: ClassVar = [("add_approving_link", "Can let somebody without an account approve")]


class Decision(models.Model):
    """Somebody approved a version or asked for changes. It never changes (a trigger rejects UPDATE and DELETE)."""

    class Kind(models.TextChoices):
        APPROVE = "approve"
        CHANGES = "changes"

    version = models.ForeignKey(IssueVersion, on_delete=models.PROTECT, related_name="decisions")
    kind = models.TextField(choices=Kind.choices)
    text = models.TextField(blank=True, default="")
    actor = models.ForeignKey(Actor, on_delete=models.PROTECT)
    link = models.ForeignKey(ReviewLink, null=True, on_delete=models.PROTECT, help_text="null: in the console")
    name = models.TextField(help_text="of the person, as they were called then")
    network = models.TextField(blank=True, default="", help_text="the address of the client")
    created_at = models.DateTimeField()

    class Meta:
        db_table = "review_decision"
        ordering: ClassVar = ["id"]


class WithdrawnDecision(models.Model):
    """A decision that does not count any more, because the account behind it was blocked or deleted, or lost the right to it."""

    decision = models.OneToOneField(Decision, on_delete=models.PROTECT, related_name="withdrawn")
    actor = models.ForeignKey(Actor, on_delete=models.PROTECT, help_text="who took the right away")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "withdrawn_decision"


class Comment(models.Model):
    """A remark about an issue, at a part and a quotation from it; or an answer to one."""

    issue = models.ForeignKey(IssueRecord, on_delete=models.PROTECT, related_name="comments")
    version = models.ForeignKey(
        IssueVersion, null=True, on_delete=models.PROTECT, help_text="what the person saw; null: the source that is edited"
    )
    file = models.TextField(blank=True, default="", help_text="with `part`: its place; empty: the whole issue")
    part = models.TextField(blank=True, default="")
    quotation = models.TextField(blank=True, default="", help_text="words of the part's text")
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="replies")
    text = models.TextField()
    actor = models.ForeignKey(Actor, on_delete=models.PROTECT)
    link = models.ForeignKey(ReviewLink, null=True, on_delete=models.PROTECT, help_text="null: in the console")
    name = models.TextField(help_text="of the person, as they were called then")
    created_at = models.DateTimeField(db_default=Now())
    resolved_at = models.DateTimeField(null=True)
    resolved_by = models.ForeignKey(Actor, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        db_table = "issue_comment"
        ordering: ClassVar = ["id"]


class CropRecord(models.Model):
    """How a picture was cut out of the whole one: a rectangle, and the focal point that it was chosen for."""

    # In pixels of the whole picture as it is seen, that is, turned as its EXIF data say.
    left = models.IntegerField()
    top = models.IntegerField()
    width = models.IntegerField()
    height = models.IntegerField()
    focus_x = models.IntegerField(help_text="the point that a crop with a fixed shape keeps in its middle")
    focus_y = models.IntegerField()
    shape = models.TextField(help_text="one of SHAPES in editorial/sources/picture_crops.py")
    actor = models.ForeignKey(Actor, on_delete=models.PROTECT)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        abstract = True


class PictureCrop(CropRecord):
    """A picture that was cut out of another one, and how it was cut first: for issues that took it from another issue."""

    cropped = models.OneToOneField("editorial.Original", primary_key=True, on_delete=models.PROTECT, related_name="crop")
    # The whole picture is one of these, as in an edit. It is never itself a crop.
    original = models.ForeignKey("editorial.Original", null=True, on_delete=models.PROTECT, related_name="crops")
    media = models.ForeignKey("editorial.Media", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        db_table = "picture_crop"
        default_permissions: ClassVar = ()


class IssueCrop(CropRecord):
    """How an issue cut a picture, so that it can cut it again. Two issues may cut the same picture for different focal points."""

    issue = models.ForeignKey("editorial.IssueRecord", on_delete=models.CASCADE, related_name="crops", db_index=False)
    cropped = models.ForeignKey("editorial.Original", on_delete=models.PROTECT, related_name="issue_crops")
    original = models.ForeignKey("editorial.Original", null=True, on_delete=models.PROTECT, related_name="+")
    media = models.ForeignKey("editorial.Media", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        db_table = "issue_crop"
        default_permissions: ClassVar = ()
        constraints: ClassVar = [models.UniqueConstraint(fields=["issue", "cropped"], name="issue_crop_once")]
