"""The audit in sentences: what somebody did, for each verb, by the kind of thing that it is about. Domain code records verbs."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from publication.models import Audit

Sentences = Mapping[str, str | Promise]
THING = "%(thing)s"  # the name of the thing, with its link

_ISSUE: Sentences = {
    "begin_issue": _("Began the issue %(thing)s"),
    "edit_issue": _("Edited the issue %(thing)s"),
    "restore_issue": _("Restored an earlier revision of the issue %(thing)s"),
    "push_issue": _("Stored the files of a folder as the issue %(thing)s"),
    "import_issue": _("Imported the issue %(thing)s"),
    "finish_import": _("Stored the imported text of the issue %(thing)s"),
    "name_revision": _("Kept a revision of the issue %(thing)s"),
    "split_article": _("Split an article of the issue %(thing)s"),
    "join_articles": _("Joined two articles of the issue %(thing)s"),
    "take_back_step": _("Took back a step in the issue %(thing)s"),
    "add_language": _("Added a language to the issue %(thing)s"),
    "add_to_language": _("Added a part to a language of the issue %(thing)s"),
    "take_over_picture": _("Used a picture in another language of the issue %(thing)s"),
    "remove_language": _("Deleted a language of the issue %(thing)s"),
    "add_picture": _("Added a picture to the issue %(thing)s"),
    "exchange_picture": _("Exchanged a picture of the issue %(thing)s"),
    "remove_picture": _("Deleted a picture of the issue %(thing)s"),
    "crop_picture": _("Cropped a picture of the issue %(thing)s"),
    "take_picture": _("Took a picture from the library for the issue %(thing)s"),
    "keep_original": _("Uploaded an original file"),
    "begin_import": _("Uploaded the document %(thing)s"),
    "restart_import": _("Began the import of the document %(thing)s again"),
    "cancel_import": _("Cancelled the import of the document %(thing)s"),
    "decide_tracked": _("Decided about the tracked changes of the document %(thing)s"),
    "keep_doubt": _("Kept the text of a question of the import in the issue %(thing)s"),
    "correct_doubt": _("Corrected the text of a question of the import in the issue %(thing)s"),
    "describe_picture": _("Described a picture of the issue %(thing)s"),
    "answer_table": _("Decided about a table of the issue %(thing)s"),
    "name_part": _("Gave a part of the issue %(thing)s a title"),
    "issue_store": _("Composed %(thing)s"),
    "issue_current": _("Made %(thing)s the current one"),
    "show_in_archive": _("Changed whether the archive shows the issue %(thing)s"),
    "add_past_issue": _("Put the past issue %(thing)s into the archive"),
    "remove_past_issue": _("Took the past issue %(thing)s out of the archive"),
    "ask_review": _("Asked for a review of %(thing)s"),
    "take_back_review": _("Took back the request to review %(thing)s"),
    "review_approve": _("Approved %(thing)s"),
    "review_changes": _("Asked for changes to %(thing)s"),
    "withdraw_decisions": _("Ended the approvals of the account %(thing)s"),
    "comment": _("Commented on the issue %(thing)s"),
    "resolve_comment": _("Resolved a comment on the issue %(thing)s"),
    "reopen_comment": _("Opened a comment on the issue %(thing)s again"),
    "add_review_link": _("Made a review link to %(thing)s"),
    "revoke_review_link": _("Revoked a review link to %(thing)s"),
    "ask_review_code": _("Asked for the code to approve %(thing)s"),
}
_CAMPAIGN: Sentences = {
    "campaign_create": _("Created the campaign %(thing)s"),
    "campaign_follow_up": _("Began the follow-up %(thing)s of a campaign"),
    "campaign_delete": _("Deleted the campaign %(thing)s"),
    "campaign_version": _("Gave the campaign %(thing)s another version of the issue"),
    "campaign_audience": _("Chose audience and sender of the campaign %(thing)s"),
    "campaign_sender": _("Changed the sender of the campaign %(thing)s"),
    "campaign_strict": _("Switched strict mode on for the campaign %(thing)s"),
    "campaign_not_strict": _("Switched strict mode off for the campaign %(thing)s"),
    "campaign_override": _("Overrode errors of the checks for the campaign %(thing)s"),
    "campaign_override_withdrawn": _("Withdrew the override for the campaign %(thing)s"),
    "campaign_approved": _("Scheduled the campaign %(thing)s with these approvals"),
    "campaign_draft": _("Made the campaign %(thing)s a draft again"),
    "campaign_scheduled": _("Scheduled the campaign %(thing)s"),
    "campaign_rescheduled": _("Changed the time of the campaign %(thing)s"),
    "campaign_filling": _("Began to prepare the campaign %(thing)s"),
    "campaign_sending": _("Began or continued to send the campaign %(thing)s"),
    "campaign_paused": _("Paused the campaign %(thing)s"),
    "campaign_held": _("Put the campaign %(thing)s on hold"),
    "campaign_sent": _("Finished the campaign %(thing)s"),
    "campaign_cancelled": _("Cancelled the campaign %(thing)s"),
    "campaign_leave_out_domain": _("Went on with the campaign %(thing)s without a domain"),
    "campaign_repeat": _("Allowed the campaign %(thing)s to repeat one that was lost"),
    "campaign_lost_rights_keep": _("Kept the campaign %(thing)s, although it relies on an account that lost its rights"),
    "campaign_lost_rights_draft": _("Made the campaign %(thing)s a draft, because it relies on an account that lost its rights"),
    "send_test": _("Sent a test mail of %(thing)s"),
    "create_tester_group": _("Made the tester group %(thing)s"),
    "change_tester_group": _("Changed the tester group %(thing)s"),
    "delete_tester_group": _("Deleted the tester group %(thing)s"),
    "unknown_resend": _("Decided to send to uncertain recipients of the campaign %(thing)s again"),
    "unknown_abandon": _("Decided not to send to uncertain recipients of the campaign %(thing)s again"),
    "settle_by_policy": _("Ended uncertain recipients of the campaign %(thing)s, as the policy says"),
    "list_people": _("Downloaded recipients of the campaign %(thing)s"),
    "report_link_add": _("Made a link to the report of the campaign %(thing)s"),
    "report_link_revoke": _("Revoked a link to the report of the campaign %(thing)s"),
    "question_close": _("Closed a question to the readers of the campaign %(thing)s"),
    "question_archive": _("Showed the counts of a question in the archive: campaign %(thing)s"),
    "question_withhold": _("Took the counts of a question out of the archive: campaign %(thing)s"),
}
_LIST: Sentences = {
    "create_list": _("Created the list %(thing)s"),
    "change_list": _("Changed the list %(thing)s"),
    "change_welcome": _("Changed the welcome mail of the list %(thing)s"),
    "set_archive": _("Changed who may see the archive of the list %(thing)s"),
    "keep_list_id": _("Gave the list %(thing)s the domain of its List-Id"),
    "delete_list": _("Deleted the list %(thing)s"),
    "export": _("Exported the subscribers of the list %(thing)s"),
    "hold_requests": _("Held back requests to subscribe to the list %(thing)s"),
    "release_requests": _("Released requests to subscribe to the list %(thing)s that were held back"),
    "discard_requests": _("Discarded requests to subscribe to the list %(thing)s that were held back"),
    "refuse_requests": _("Refused requests to subscribe to the list %(thing)s"),
    "send_confirmation_again": _("Asked %(thing)s once more to confirm the subscription"),
}
_SEGMENT: Sentences = {
    "create_segment": _("Created the segment %(thing)s"),
    "change_segment": _("Changed the segment %(thing)s"),
    "delete_segment": _("Deleted the segment %(thing)s"),
}
_ATTRIBUTE: Sentences = {
    "declare_attribute": _("Declared the attribute %(thing)s"),
    "describe_attribute": _("Changed the attribute %(thing)s"),
    "delete_attribute": _("Deleted the attribute %(thing)s"),
}
_PERSON: Sentences = {
    "subscribe": _("Asked for the subscription of %(thing)s"),
    "confirm": _("Confirmed the subscription of %(thing)s"),
    "join": _("Put %(thing)s on a list"),
    "add_confirmed": _("Added %(thing)s to a list, as somebody who had agreed"),
    "unsubscribe": _("Unsubscribed people"),
    "undo_unsubscribe": _("Took back that %(thing)s left"),
    "give_reason": _("Gave a reason for leaving"),
    "edit_subscriber": _("Changed the details of %(thing)s"),
    "import_details": _("Changed the details of %(thing)s by an import"),
    "change_address": _("Changed the address of %(thing)s"),
    "ask_address_change": _("Asked for another address of %(thing)s"),
    "confirm_address_change": _("Confirmed another address of %(thing)s"),
    "withdraw_address_change": _("Stopped the change of the address of %(thing)s"),
    "expire_address_changes": _("Ended changes of address that nobody confirmed"),
    "pause_subscriber": _("Paused all mail to %(thing)s"),
    "resume_subscriber": _("Ended the pause of %(thing)s"),
    "measuring_agree": _("Agreed that the clicks of %(thing)s are kept with the name"),
    "measuring_withdraw": _("Ended keeping the clicks of %(thing)s with the name"),
    "merge": _("Merged another record into %(thing)s"),
    "erase": _("Erased the data of %(thing)s"),
    "expire_pending": _("Deleted requests to subscribe that nobody confirmed"),
    "view_person": _("Looked at the page of %(thing)s"),
    "export_person": _("Handed out the data of %(thing)s"),
    "ask_private_link": _("Asked for a private link of %(thing)s"),
    "change_people": _("Began the action %(thing)s on many people"),
    "download_people": _("Downloaded the file of the action %(thing)s"),
    "export_people": _("Exported people into a file"),
    "import_people": _("Imported the people of another installation"),
}
_IMPORT: Sentences = {
    "begin_people_import": _("Uploaded the file %(thing)s to import people"),
    "choose_import_file": _("Chose how the file %(thing)s is read"),
    "choose_import_columns": _("Chose the columns of the import %(thing)s"),
    "check_people_import": _("Had the import %(thing)s checked"),
    "start_people_import": _("Started the import %(thing)s"),
    "stop_people_import": _("Asked to stop the import %(thing)s"),
    "people_import_stopped": _("Stopped the import %(thing)s"),
    "abandon_people_import": _("Deleted the import %(thing)s before its start"),
    "import": _("Imported people from %(thing)s"),
    "undo_import": _("Asked to undo the import %(thing)s"),
    "import_undone": _("Undid the import %(thing)s"),
    "correct_people_import": _("Uploaded corrected rows as the import %(thing)s"),
    "set_refused_rows_aside": _("Set aside the refused rows of the import %(thing)s"),
    "resume_refused_rows": _("Took up the refused rows of the import %(thing)s again"),
}
_SUPPRESSION: Sentences = {
    "suppress": _("Put addresses on the list of suppressions"),
    "lift": _("Lifted a suppression"),
    "lift_unfounded": _("Lifted suppressions that were not justified"),
    "expire_suppressions": _("Ended suppressions whose time was over"),
    "suppress_domain": _("Suppressed the domain %(thing)s"),
    "lift_domain": _("Lifted the suppression of the domain %(thing)s"),
    "expire_domains": _("Ended suppressions of domains whose time was over"),
    "plan_lift": _("Asked to lift a suppression once the provider has removed the address"),
    "withdraw_lift": _("Withdrew the request to lift a suppression"),
    "plan_list_add": _("Asked to put addresses on lists of the provider"),
    "plan_list_remove": _("Asked to remove addresses from lists of the provider"),
    "retry_list_changes": _("Asked to repeat failed changes of lists of the provider"),
    "plan_sync": _("Asked for a synchronisation with the lists of the provider"),
}
_SENDER: Sentences = {
    "add_sender": _("Added the sender %(thing)s"),
    "change_sender": _("Changed the sender %(thing)s"),
    "delete_sender": _("Deleted the sender %(thing)s"),
    "make_default_sender": _("Made %(thing)s the default sender"),
    "ask_sender_confirmation": _("Asked for the confirmation of the sender %(thing)s"),
    "confirm_sender": _("Confirmed the sender %(thing)s"),
}
_ACCOUNT: Sentences = {
    "login": _("Signed in to the console"),
    "login_try": _("Tried to sign in"),
    "end_session": _("Ended another session of their own"),
    "add_staff": _("Created the account %(thing)s"),
    "invite_staff": _("Invited somebody to the staff"),
    "revoke_invitation": _("Revoked an invitation"),
    "accept_invitation": _("Accepted an invitation"),
    "change_roles": _("Changed the roles of the account %(thing)s"),
    "change_staff_address": _("Changed the address of the account %(thing)s"),
    "remove_staff_address": _("Took the address of the account %(thing)s away"),
    "change_password": _("Changed the password of the account %(thing)s"),
    "make_temporary_password": _("Made a temporary password of the account %(thing)s"),
    "ask_password_reset": _("Asked for a new password of the account %(thing)s"),
    "disable_staff": _("Blocked the account %(thing)s"),
    "enable_staff": _("Unblocked the account %(thing)s"),
    "delete_staff": _("Deleted the account %(thing)s"),
    "add_second_factor": _("Set up a second factor for the account %(thing)s"),
    "remove_second_factor": _("Deleted a second factor of the account %(thing)s"),
    "renew_recovery_codes": _("Renewed the recovery codes of the account %(thing)s"),
    "reset_second_factors": _("Reset the second factors of the account %(thing)s"),
    "choose_language": _("Chose a language for the pages"),
    "choose_campaign_mails": _("Chose whether mails about campaigns come"),
    "see_editor_tour": _("Finished the tour of the editor"),
}
_PUBLICATION: Sentences = {
    "change_publication": _("Changed the settings of the publication"),
    "ask_provider": _("Asked what the email provider says about the account"),
    "quarantine": _("Put the database into quarantine: nothing is sent"),
    "lift_quarantine": _("Lifted the quarantine: mail can be sent again"),
    "restore_check": _("Checked what a restored backup may have lost"),
    "end_all_sessions": _("Ended the sessions of all accounts"),
    "advance_ids": _("Moved the numbers of campaigns and requests forward after a restore"),
    "continue_ids": _("Moved the numbers of requests forward"),
    "export_audit": _("Downloaded the audit"),
}

# Kind of thing -> its name, and the sentences about it.
KINDS: Mapping[str, tuple[str | Promise, Sentences]] = {
    "issue": (_("Issues"), _ISSUE),
    "campaign": (_("Campaigns"), _CAMPAIGN),
    "list": (_("Lists"), _LIST),
    "segment": (_("Segments"), _SEGMENT),
    "attribute": (_("Attributes"), _ATTRIBUTE),
    "person": (_("Subscribers"), _PERSON),
    "import": (_("Imports of people"), _IMPORT),
    "suppression": (_("Suppressions"), _SUPPRESSION),
    "sender": (_("Senders"), _SENDER),
    "account": (_("Accounts of staff"), _ACCOUNT),
    "publication": (_("Publication and database"), _PUBLICATION),
}
SENTENCES: Sentences = {verb: sentence for _name, sentences in KINDS.values() for verb, sentence in sentences.items()}
_CHECKED = _("Checked what the import of %(thing)s would change")


def around_thing(line: Audit) -> tuple[str, str]:
    """What the sentence says before and after the name of the thing; of a verb of an earlier release, the verb itself."""
    is_check = line.verb == "import" and line.detail.get("dry_run")
    before, _thing, after = str(_CHECKED if is_check else SENTENCES.get(line.verb, line.verb)).partition(THING)
    return before, after


def names_thing(verb: str) -> bool:
    """Whether the sentence has the name of the thing."""
    return THING in str(SENTENCES.get(verb, ""))
