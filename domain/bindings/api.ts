// Generated from workers/src/routes by `cargo xtask openapi`. Do not edit.

import type { AcceptInvitation, AgentSession, ChangeEmail, ChangePassword, ConfirmEmail, ConfirmedEmail, Conversation, ConversationSummary, CreateDepartment, CreateInvitation, CreateRole, CreateTag, DeadJob, Department, EndedSessions, ForgotPassword, Health, History, Imported, Invitation, InvitationSeen, JobQueue, List, LoginRequest, LookAtInvitation, MailStatus, MailboxMail, Mailed, MergeTag, OneTimeLink, OutboxStatus, OwnSession, PreviewRole, Readiness, ResetPassword, RetryJobs, RolePreset, RolePreview, SentInvitation, Settings, SetupRequest, SetupStatus, StartConversationRequest, StartedConversation, Tag, TeamRole, TestMail, UpdateConversationRequest, UpdateDepartment, UpdateOwnAccount, UpdateRole, UpdateSettings, UpdateTag, UpdateUser, User, VisitorSession, VisitorSessionRequest } from './wire';

/** What each route takes and gives, by method and path. */
export interface Routes {
  /** Ask whether the first admin is still to be made */
  'GET /api/v1/setup': { body: undefined; answer: SetupStatus };
  /** Make the first admin */
  'POST /api/v1/setup': { body: SetupRequest; answer: AgentSession };
  /** Sign in */
  'POST /api/v1/auth/login': { body: LoginRequest; answer: AgentSession };
  /** Fetch the next access token */
  'POST /api/v1/auth/refresh': { body: undefined; answer: AgentSession };
  /** Sign out */
  'POST /api/v1/auth/logout': { body: undefined; answer: undefined };
  /** Read one's own account */
  'GET /api/v1/auth/me': { body: undefined; answer: User };
  /** Change what one's own account says of oneself */
  'PATCH /api/v1/auth/me': { body: UpdateOwnAccount; answer: User };
  /** List one's own sign-ins */
  'GET /api/v1/auth/sessions': { body: undefined; answer: List<OwnSession> };
  /** End one of one's own sign-ins */
  'DELETE /api/v1/auth/sessions/{id}': { body: undefined; answer: undefined };
  /** End all other sign-ins of one's own */
  'POST /api/v1/auth/sessions/end-others': { body: undefined; answer: EndedSessions };
  /** Change one's own password */
  'POST /api/v1/auth/password': { body: ChangePassword; answer: undefined };
  /** Ask for a link that resets a password */
  'POST /api/v1/auth/password/forgot': { body: ForgotPassword; answer: Mailed };
  /** Set another password by a link */
  'POST /api/v1/auth/password/reset': { body: ResetPassword; answer: undefined };
  /** Ask for another address of one's own */
  'POST /api/v1/auth/email': { body: ChangeEmail; answer: Mailed };
  /** Confirm an address by its link */
  'POST /api/v1/auth/email/confirm': { body: ConfirmEmail; answer: ConfirmedEmail };
  /** Begin or renew a visitor's session */
  'POST /api/v1/widget/session': { body: VisitorSessionRequest; answer: VisitorSession };
  /** List conversations */
  'GET /api/v1/conversations': { body: undefined; answer: List<ConversationSummary> };
  /** Start a conversation */
  'POST /api/v1/conversations': { body: StartConversationRequest; answer: StartedConversation };
  /** Read a conversation */
  'GET /api/v1/conversations/{id}': { body: undefined; answer: Conversation };
  /** Change a conversation */
  'PATCH /api/v1/conversations/{id}': { body: UpdateConversationRequest; answer: Conversation };
  /** Read a conversation's history */
  'GET /api/v1/conversations/{id}/events': { body: undefined; answer: History };
  /** Join a conversation live */
  'GET /api/v1/conversations/{id}/socket': { body: undefined; answer: undefined };
  /** List tags */
  'GET /api/v1/tags': { body: undefined; answer: List<Tag> };
  /** Make a tag */
  'POST /api/v1/tags': { body: CreateTag; answer: Tag };
  /** Show a tag */
  'GET /api/v1/tags/{id}': { body: undefined; answer: Tag };
  /** Change a tag */
  'PATCH /api/v1/tags/{id}': { body: UpdateTag; answer: Tag };
  /** Delete a tag that no conversation has */
  'DELETE /api/v1/tags/{id}': { body: undefined; answer: undefined };
  /** Merge a tag into another */
  'POST /api/v1/tags/{id}/merge': { body: MergeTag; answer: Tag };
  /** Put a tag on a conversation */
  'PUT /api/v1/conversations/{id}/tags/{tag}': { body: undefined; answer: Conversation };
  /** Take a tag off a conversation */
  'DELETE /api/v1/conversations/{id}/tags/{tag}': { body: undefined; answer: undefined };
  /** List people */
  'GET /api/v1/users': { body: undefined; answer: List<User> };
  /** Show somebody */
  'GET /api/v1/users/{id}': { body: undefined; answer: User };
  /** Change somebody */
  'PATCH /api/v1/users/{id}': { body: UpdateUser; answer: User };
  /** Take somebody's way in away */
  'POST /api/v1/users/{id}/deactivate': { body: undefined; answer: User };
  /** Give somebody their way in back */
  'POST /api/v1/users/{id}/reactivate': { body: undefined; answer: User };
  /** Make a link for a forgotten password */
  'POST /api/v1/users/{id}/password-reset-link': { body: undefined; answer: OneTimeLink };
  /** Delete somebody */
  'DELETE /api/v1/users/{id}': { body: undefined; answer: undefined };
  /** List invitations */
  'GET /api/v1/invitations': { body: undefined; answer: List<Invitation> };
  /** Invite somebody */
  'POST /api/v1/invitations': { body: CreateInvitation; answer: SentInvitation };
  /** Show an invitation */
  'GET /api/v1/invitations/{id}': { body: undefined; answer: Invitation };
  /** Send an invitation again */
  'POST /api/v1/invitations/{id}/resend': { body: undefined; answer: SentInvitation };
  /** Copy an invitation's link again */
  'GET /api/v1/invitations/{id}/link': { body: undefined; answer: OneTimeLink };
  /** Take an invitation back */
  'DELETE /api/v1/invitations/{id}': { body: undefined; answer: undefined };
  /** Look at the invitation that a link is of */
  'POST /api/v1/invitations/look': { body: LookAtInvitation; answer: InvitationSeen };
  /** Accept an invitation */
  'POST /api/v1/invitations/accept': { body: AcceptInvitation; answer: AgentSession };
  /** List departments */
  'GET /api/v1/departments': { body: undefined; answer: List<Department> };
  /** Make a department */
  'POST /api/v1/departments': { body: CreateDepartment; answer: Department };
  /** Show a department */
  'GET /api/v1/departments/{id}': { body: undefined; answer: Department };
  /** Change a department */
  'PATCH /api/v1/departments/{id}': { body: UpdateDepartment; answer: Department };
  /** Delete a department that nothing is in */
  'DELETE /api/v1/departments/{id}': { body: undefined; answer: undefined };
  /** List roles */
  'GET /api/v1/roles': { body: undefined; answer: List<TeamRole> };
  /** List roles to begin with */
  'GET /api/v1/roles/presets': { body: undefined; answer: List<RolePreset> };
  /** See what a role sees */
  'POST /api/v1/roles/preview': { body: PreviewRole; answer: RolePreview };
  /** Make a role */
  'POST /api/v1/roles': { body: CreateRole; answer: TeamRole };
  /** Show a role */
  'GET /api/v1/roles/{id}': { body: undefined; answer: TeamRole };
  /** Change a role */
  'PATCH /api/v1/roles/{id}': { body: UpdateRole; answer: TeamRole };
  /** Delete a role that nobody has */
  'DELETE /api/v1/roles/{id}': { body: undefined; answer: undefined };
  /** Follow the inbox live */
  'GET /api/v1/inbox/socket': { body: undefined; answer: undefined };
  /** Show the settings */
  'GET /api/v1/settings': { body: undefined; answer: Settings };
  /** Change the settings */
  'PATCH /api/v1/settings': { body: UpdateSettings; answer: Settings };
  /** See whether mails can be sent, and what was sent lately */
  'GET /api/v1/mail': { body: undefined; answer: MailStatus };
  /** Send a test mail */
  'POST /api/v1/mail/test': { body: undefined; answer: TestMail };
  /** List what was not sent */
  'GET /dev/mail': { body: undefined; answer: List<MailboxMail> };
  /** Show a mail */
  'GET /dev/mail/{id}': { body: undefined; answer: MailboxMail };
  /** See what waits for the document store */
  'GET /api/v1/outbox': { body: undefined; answer: OutboxStatus };
  /** Try again at once */
  'POST /api/v1/outbox/retry': { body: undefined; answer: OutboxStatus };
  /** Read the metrics */
  'GET /metrics': { body: undefined; answer: string };
  /** See how much background work waits or was given up */
  'GET /api/v1/jobs': { body: undefined; answer: List<JobQueue> };
  /** List what was given up */
  'GET /api/v1/jobs/{kind}/dead-letters': { body: undefined; answer: List<DeadJob> };
  /** Try again what was given up */
  'POST /api/v1/jobs/{kind}/retry': { body: RetryJobs; answer: JobQueue };
  /** Read a collection */
  'GET /api/v1/export/{collection}': { body: undefined; answer: string };
  /** Write documents of a collection */
  'POST /api/v1/import/{collection}': { body: string; answer: Imported };
  /** Write documents of users */
  'POST /api/v1/import/users': { body: string; answer: Imported };
  /** Ask whether the Worker runs */
  'GET /healthz': { body: undefined; answer: Health };
  /** Ask whether all it stands on answers */
  'GET /readyz': { body: undefined; answer: Readiness };
  /** Go to the dashboard */
  'GET /': { body: undefined; answer: undefined };
}
