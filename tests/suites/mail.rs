//! Mail in the built Worker: what is sent, to whom, how often; and a provider that refuses, hangs and lies, with documents kept
//! in the Worker and elsewhere.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use reqwest::header::{ACCEPT, HOST};
use serde_json::{Value, json};
use voxora_domain::wire::{
    DeadJob, JobQueue, List, MailNeed, MailSender, MailState, MailStatus, SentMail, Settings, TestMail,
};
use voxora_tests::{
    ADMIN_EMAIL, ADMIN_NAME, Agent, Api, Builder, DocumentStore, MAIL_API_KEY, Mood, Provider, Server,
    eventually, link_in, mail, mails,
};

/// The idempotency key of a request.
const KEY: &str = "idempotency-key";

async fn send_test(admin: &Agent) -> TestMail {
    admin.api.post_nothing("/api/v1/mail/test").await.ok(202)
}

async fn status(admin: &Agent) -> MailStatus {
    admin.api.get("/api/v1/mail").await.ok(200)
}

/// A mail of the status, once it is as wanted.
async fn sent_when(admin: &Agent, id: &str, wanted: impl Fn(&SentMail) -> bool) -> SentMail {
    eventually(async || status(admin).await.recent.into_iter().find(|mail| mail.id == id).filter(&wanted))
        .await
}

async fn configure(admin: &Agent, change: &Value) -> Settings {
    admin.api.patch("/api/v1/settings", change).await.ok(200)
}

#[tokio::test]
async fn a_test_mail_comes_to_whoever_asked_for_it() {
    let server = Server::named("mail-test").start();
    let admin = Agent::first(&server).await;
    let before = status(&admin).await;
    assert_eq!((before.sender, before.missing), (Some(MailSender::Mailbox), vec![]));
    configure(&admin, &json!({ "name": "Käse & <Co>", "language": "de", "mailFrom": "Team@Example.com" }))
        .await;

    let sent = send_test(&admin).await;
    assert_eq!(sent.to, ADMIN_EMAIL);
    let mail = mail(&server, ADMIN_EMAIL, "Test-E-Mail von Käse & <Co>").await;
    assert_eq!(mail.id, sent.id);
    assert_eq!(mail.header("From"), "Käse & <Co> <team@example.com>");
    assert_eq!(mail.header("Auto-Submitted"), "auto-generated");
    assert!(mail.text.starts_with("E-Mails kommen an\n"), "{}", mail.text);
    assert!(
        mail.html.contains("Käse &amp; &lt;Co&gt;") && mail.html.contains("<html lang=\"de\">"),
        "{}",
        mail.html
    );
    assert_eq!(link_in(&mail), format!("{}/dashboard/", server.origin()));

    let kept = sent_when(&admin, &sent.id, |mail| mail.state == MailState::Sent).await;
    assert_eq!((kept.attempts, kept.to.as_str(), kept.reason), (1, ADMIN_EMAIL, None));
    assert_eq!(kept.message_id, Some(sent.id));
}

#[tokio::test]
async fn a_repeat_sends_nothing_again() {
    let server = Server::named("mail-repeat").start();
    let admin = Agent::first(&server).await;
    let api = admin.api.with_header(KEY.parse().unwrap(), "once");
    let first: TestMail = api.post_nothing("/api/v1/mail/test").await.ok(202);
    mail(&server, ADMIN_EMAIL, "Test").await;
    let again: TestMail = api.post_nothing("/api/v1/mail/test").await.ok(202);
    assert_eq!(first, again);
    let other = send_test(&admin).await;
    sent_when(&admin, &other.id, |mail| mail.state == MailState::Sent).await;
    let came: Vec<_> = mails(&server).await.into_iter().map(|mail| mail.id).collect();
    assert_eq!(came, [other.id, first.id]);
}

/// Whom an invitation is for did not ask for it, and nobody knows whether the address is theirs: the mail has no words of whoever
/// sent it. The link in it is the one that an admin copies; it works once.
#[tokio::test]
async fn an_invitation_comes_by_mail() {
    let server = Server::named("mail-invitation").start();
    let admin = Agent::first(&server).await;
    configure(&admin, &json!({ "name": "Fern & Moss", "language": "es" })).await;
    let invite = json!({ "email": "Kim@Example.com", "role": "agent" });
    let sent: Value = admin.api.post("/api/v1/invitations", &invite).await.ok(201);
    assert_eq!(sent["mailed"], true);
    let first = mail(&server, "kim@example.com", "Invitación al equipo de Fern & Moss").await;
    assert_eq!(json!(link_in(&first)), sent["link"]);
    for said in [&first.text, &first.html] {
        assert!(
            !said.contains(ADMIN_NAME) && !said.contains(ADMIN_EMAIL) && !said.contains("agent"),
            "{said}"
        );
    }
    // Sent again, it is another mail with another link.
    let id = sent["invitation"]["id"].as_str().unwrap();
    let again: Value = admin.api.post_nothing(&format!("/api/v1/invitations/{id}/resend")).await.ok(200);
    assert_ne!(again["link"], sent["link"]);
    let second = eventually(async || {
        mails(&server).await.into_iter().find(|mail| json!(link_in(mail)) == again["link"])
    })
    .await;
    assert_eq!((second.header("To"), mails(&server).await.len()), ("kim@example.com", 2));
}

/// Where no mail is set up, or as many were sent as may be, an invitation has its link all the same.
#[tokio::test]
async fn an_invitation_needs_no_mail() {
    for builder in [
        Server::named("mail-none").without("MAIL_SENDER"),
        Server::named("mail-none").variable("MAIL_SENDER", "resend"),
        Server::named("mail-none").with_real_rate_limits().variable("LIMIT_MAILS", "1/86400"),
    ] {
        let server = builder.start();
        let admin = Agent::first(&server).await;
        let _ = admin.api.post_nothing("/api/v1/mail/test").await;
        let invite = json!({ "email": "kim@example.com", "role": "agent" });
        let sent: Value = admin.api.post("/api/v1/invitations", &invite).await.ok(201);
        assert_eq!(sent["mailed"], false);
        assert!(sent["link"].as_str().unwrap().contains("/dashboard/#invitation="), "{sent}");
    }
}

/// Links that open accounts are in the mailbox: a deployment must not have it, whatever its variables say.
#[tokio::test]
async fn the_mailbox_is_for_this_machine_alone() {
    let server = Server::named("mail-mailbox").start();
    let admin = Agent::first(&server).await;
    configure(&admin, &json!({ "name": "<script>alert(1)</script>" })).await;
    let sent = send_test(&admin).await;
    mail(&server, ADMIN_EMAIL, "Test").await;
    let paths = ["/dev/mail".to_owned(), format!("/dev/mail/{}", sent.id)];
    let anonymous = Api::anonymous(&server);
    for path in &paths {
        anonymous.get(path).await.is(200);
        // What a browser is given shows what was written, and runs nothing of it.
        let page = anonymous.with_header(ACCEPT, "text/html").get(path).await;
        assert!(!page.is(200).body.contains("<script"), "{page:?}");
        assert!(page.body.contains("&lt;script&gt;alert(1)"), "{page:?}");
        let policy = page.header("content-security-policy").unwrap_or_default();
        assert!(policy.starts_with("default-src 'none'"), "{policy}");
        for host in
            ["chat.example.com", "voxora.workers.dev", "127.0.0.1.example.com", "localhost.example.com:8787"]
        {
            anonymous.with_header(HOST, host).get(path).await.problem(404, "not_found");
            admin.api.with_header(HOST, host).get(path).await.problem(404, "not_found");
        }
    }
    anonymous.get("/dev/mail/test-0").await.problem(404, "not_found");

    for builder in [
        Server::named("mail-no-mailbox").without("MAIL_SENDER"),
        Server::named("mail-no-mailbox").variable("MAIL_SENDER", "resend"),
    ] {
        let deployed = builder.start();
        for path in &paths {
            Api::anonymous(&deployed).get(path).await.problem(404, "not_found");
        }
    }
}

#[tokio::test]
async fn what_is_missing_before_mail_can_be_sent_is_said() {
    let mut server = Server::named("mail-missing").without("MAIL_SENDER").start();
    let admin = Agent::first(&server).await;
    let refused = admin.api.post_nothing("/api/v1/mail/test").await.problem(409, "mail_not_set_up");
    assert!(refused.detail.contains("MAIL_SENDER"), "{refused:?}");
    let now = status(&admin).await;
    assert_eq!((now.sender, now.from, now.missing), (None, None, vec![MailNeed::Sender, MailNeed::From]));
    for (variables, missing) in [
        (&[("MAIL_SENDER", "cloudflare")][..], &[MailNeed::Binding, MailNeed::From][..]),
        (&[("MAIL_SENDER", "resend")], &[MailNeed::Key, MailNeed::From]),
        (
            &[("MAIL_API_KEY", MAIL_API_KEY), ("PUBLIC_URL", "http://example.com")],
            &[MailNeed::PublicUrl, MailNeed::From],
        ),
    ] {
        for (name, value) in variables {
            server.set(name, value);
        }
        server.restart();
        assert_eq!(status(&admin).await.missing, missing);
        admin.api.post_nothing("/api/v1/mail/test").await.problem(409, "mail_not_set_up");
    }
    // No job waits for a mail that was never to be sent.
    let queues: List<JobQueue> = admin.api.get("/api/v1/jobs").await.ok(200);
    assert!(
        queues.items.iter().all(|queue| queue.kind.name() != "mail" || queue.waiting + queue.dead == 0),
        "{queues:?}"
    );
}

/// Links lead where the deployment says it is, not where a request says it went to: otherwise whoever asks for somebody's
/// new password could have the link sent to a host of their own.
#[tokio::test]
async fn a_forged_host_changes_no_link() {
    let server = Server::named("mail-host").variable("PUBLIC_URL", "https://chat.example.com").start();
    let admin = Agent::first(&server).await;
    for (name, value) in
        [("host", "evil.example"), ("x-forwarded-host", "evil.example"), ("origin", "https://evil.example")]
    {
        admin.api.with_header(name.parse().unwrap(), value).post_nothing("/api/v1/mail/test").await.is(202);
    }
    let came = eventually(async || Some(mails(&server).await).filter(|mails| mails.len() == 3)).await;
    for mail in came {
        assert!(!format!("{mail:?}").contains("evil"), "{mail:?}");
        assert_eq!(link_in(&mail), "https://chat.example.com/dashboard/");
    }
}

/// The limit that a client meets first is that of the address: nobody's mailbox is flooded.
#[tokio::test]
async fn mails_are_limited() {
    let server = Server::named("mail-limits")
        .with_real_rate_limits()
        .variable("LIMIT_MAILS_PER_ADDRESS", "3/600")
        .start();
    let admin = Agent::first(&server).await;
    for _ in 0..3 {
        send_test(&admin).await;
    }
    let refused = admin.api.post_nothing("/api/v1/mail/test").await;
    refused.problem(429, "rate_limited");
    assert_eq!(refused.header("ratelimit-policy").as_deref(), Some("\"mails-per-address\";q=3;w=600"));
    for (variable, name) in [("LIMIT_MAILS_PER_ACCOUNT", "mails-per-account"), ("LIMIT_MAILS", "mails")] {
        let server = Server::named("mail-limits").with_real_rate_limits().variable(variable, "2/600").start();
        let admin = Agent::first(&server).await;
        for _ in 0..2 {
            send_test(&admin).await;
        }
        let refused = admin.api.post_nothing("/api/v1/mail/test").await;
        refused.problem(429, "rate_limited");
        assert_eq!(refused.header("ratelimit-policy"), Some(format!("\"{name}\";q=2;w=600")));
    }
}

/// What is written in the files of a folder and of those in it.
fn texts_below(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .flat_map(|entry| match entry.path() {
            path if path.is_dir() => texts_below(&path),
            path => fs::read_to_string(path).into_iter().collect(),
        })
        .collect()
}

/// Cloudflare's own binding, as this machine has it.
#[tokio::test]
async fn cloudflare_takes_mails_by_its_binding() {
    let server =
        Server::named("mail-cloudflare").with_email_binding().variable("MAIL_SENDER", "cloudflare").start();
    let admin = Agent::first(&server).await;
    configure(&admin, &json!({ "name": "Käse", "mailFrom": "team@example.com" })).await;
    assert_eq!(status(&admin).await.missing, []);
    let sent = send_test(&admin).await;
    let kept = sent_when(&admin, &sent.id, |mail| mail.state == MailState::Sent).await;
    assert!(kept.message_id.is_some_and(|id| id.contains("example.com")));
    // What it was given, it writes into files.
    let folder = server.storage().join("../tmp");
    let is_it = |text: &String| text.contains("Mail works");
    let written = eventually(async || texts_below(&folder).into_iter().find(is_it)).await;
    assert!(written.contains("the team of Käse"), "{written}");
}

/// A deployment whose mails a provider takes, with documents in the Worker or elsewhere.
struct Stage {
    server: Server,
    admin: Agent,
    provider: Provider,
    _documents: Option<DocumentStore>,
}

impl Stage {
    async fn set(name: &'static str, remote: bool) -> Self {
        let provider = Provider::start();
        let documents = remote.then(|| DocumentStore::start(name));
        let with_provider = |builder: Builder, (name, value): (&str, String)| builder.variable(name, &value);
        let builder = provider.variables().into_iter().fold(Server::named(name), with_provider);
        let builder = match &documents {
            Some(store) => builder.with_documents(&store.url(), store),
            None => builder,
        };
        let server = builder.start();
        let admin = Agent::first(&server).await;
        configure(&admin, &json!({ "mailFrom": "team@example.com" })).await;
        Self { server, admin, provider, _documents: documents }
    }

    /// A test mail, once the provider was asked so often and the mail stands as wanted.
    async fn send(&self, moods: &[Mood], asked: usize, state: MailState) -> SentMail {
        let before = self.provider.posts().len();
        self.provider.expect(moods);
        let sent = send_test(&self.admin).await;
        let posts = self.provider.until(before + asked).await;
        let kept = sent_when(&self.admin, &sent.id, |mail| mail.state == state).await;
        // Whatever happened, each try was the same mail under the same key, which is the mail's name.
        let tries = &posts[before..];
        assert!(tries.iter().all(|post| post.key == sent.id && post.mail == tries[0].mail), "{tries:?}");
        assert_eq!(tries[0].mail["to"], json!([ADMIN_EMAIL]));
        kept
    }

    async fn dead_letters(&self) -> Vec<DeadJob> {
        self.admin.api.get("/api/v1/jobs/mail/dead-letters").await.ok::<List<DeadJob>>(200).items
    }
}

async fn a_provider_has_its_moods(name: &'static str, remote: bool) {
    let stage = Stage::set(name, remote).await;
    let delivered = || stage.provider.delivered().len();

    // It takes a mail.
    let kept = stage.send(&[], 1, MailState::Sent).await;
    assert_eq!(kept.message_id, Some(format!("id-of-{}", kept.id)));
    let mail = &stage.provider.delivered()[&kept.id];
    assert_eq!(mail["from"], "\"Voxora\" <team@example.com>");
    assert_eq!(mail["headers"]["Auto-Submitted"], "auto-generated");
    assert!(mail["text"].as_str().unwrap().contains(&stage.server.origin()));

    // It is out of order, says nonsense, loses its answer: the mail is tried again, and comes once.
    for mood in [
        Mood::Answer(500, "", "<html>Internal Server Error</html>"),
        Mood::Answer(200, "", "OK"),
        Mood::Answer(200, "", "{\"id\":null}"),
        Mood::TakeAndLose,
    ] {
        let before = delivered();
        let kept = stage.send(std::slice::from_ref(&mood), 2, MailState::Sent).await;
        assert_eq!((kept.attempts, kept.reason, delivered() - before), (2, None, 1), "{mood:?}");
    }

    // It asks for patience, and is left in peace for as long.
    let began = Instant::now();
    let limit = Mood::Answer(
        429,
        "retry-after: 6\r\n",
        "{\"name\":\"rate_limit_exceeded\",\"message\":\"slow down\"}",
    );
    stage.send(&[limit], 2, MailState::Sent).await;
    assert!(began.elapsed() >= Duration::from_secs(6), "{:?}", began.elapsed());

    // It refuses for good: a dead letter, that says why, and that an admin sends again.
    for refusal in [
        Mood::Answer(
            422,
            "",
            "{\"name\":\"validation_error\",\"message\":\"ada@example.com is suppressed\"}",
        ),
        Mood::Answer(302, "location: http://127.0.0.1:9/\r\n", ""),
    ] {
        let Mood::Answer(code, ..) = refusal else { panic!() };
        let before = delivered();
        let kept = stage.send(&[refusal], 1, MailState::GivenUp).await;
        assert!(
            kept.reason.as_deref().is_some_and(|reason| reason.starts_with(&format!("HTTP {code}"))),
            "{kept:?}"
        );
        let [letter] = &stage.dead_letters().await[..] else { panic!() };
        assert_eq!((&letter.key, Some(&letter.reason)), (&kept.id, kept.reason.as_ref()));
        // A dead letter is shown to admins: it says of whom by id alone.
        let job: Value = serde_json::from_str(&letter.job).unwrap();
        assert_eq!(job["template"]["user"], stage.admin.id);
        assert!(!letter.job.contains('@') && !letter.job.contains(MAIL_API_KEY), "{}", letter.job);
        assert_eq!(delivered(), before);
        stage.admin.api.post("/api/v1/jobs/mail/retry", &json!({})).await.is(200);
        sent_when(&stage.admin, &kept.id, |mail| mail.state == MailState::Sent).await;
        assert_eq!((delivered(), stage.dead_letters().await.len()), (before + 1, 0));
    }

    // What it was asked, nothing of it is in the log; nor the key.
    let log = stage.server.log();
    assert!(!log.contains(MAIL_API_KEY) && !log.contains(ADMIN_EMAIL), "{log}");
}

#[tokio::test]
async fn a_provider_has_its_moods_with_documents_in_the_worker() {
    a_provider_has_its_moods("mail-provider", false).await;
}

#[tokio::test]
async fn a_provider_has_its_moods_with_documents_elsewhere() {
    a_provider_has_its_moods("mail-provider-remote", true).await;
}

async fn a_provider_hangs(name: &'static str, remote: bool) {
    let stage = Stage::set(name, remote).await;
    stage.provider.expect(&[Mood::Hang]);
    let hung = send_test(&stage.admin).await;
    stage.provider.until(1).await;
    // Meanwhile other mails go out, and everything else goes on.
    let other = send_test(&stage.admin).await;
    sent_when(&stage.admin, &other.id, |mail| mail.state == MailState::Sent).await;
    assert!(!stage.provider.delivered().contains_key(&hung.id));
    let kept = sent_when(&stage.admin, &hung.id, |mail| mail.state == MailState::Sent).await;
    assert_eq!((kept.attempts, stage.provider.posts().len()), (2, 3));
}

#[tokio::test]
async fn a_provider_hangs_with_documents_in_the_worker() {
    a_provider_hangs("mail-hang", false).await;
}

#[tokio::test]
async fn a_provider_hangs_with_documents_elsewhere() {
    a_provider_hangs("mail-hang-remote", true).await;
}

/// Whenever the power goes, a mail that was asked for comes, and once.
#[tokio::test]
async fn mails_survive_kills() {
    let stage = Stage::set("mail-kills", false).await;
    let mut asked = Vec::new();
    for _ in 0..4 {
        for _ in 0..3 {
            asked.push(send_test(&stage.admin).await.id);
        }
        tokio::time::sleep(Duration::from_millis(fastrand::u64(800..1_600))).await;
        stage.server.kill_9();
        stage.server.restart();
    }
    // A run that a kill cut off is due again when its lease is over; that takes a minute.
    for _ in 0..90 {
        if stage.provider.delivered().len() == asked.len() {
            break;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    asked.sort();
    let delivered: Vec<_> = stage.provider.delivered().into_keys().collect();
    assert_eq!(delivered, asked);
    for id in &asked {
        sent_when(&stage.admin, id, |mail| mail.state == MailState::Sent).await;
    }
}
