//! Every word of every mail, a table for each language. What stands in braces is filled in by the letter (`letter.rs`): `{team}`
//! is the deployment's name, and the one text in here that somebody typed.

use voxora_domain::wire::Language;

/// What a mail says about one thing.
pub(super) struct About {
    pub subject: &'static str,
    pub heading: &'static str,
    pub body: &'static [&'static str],
    /// What its button says.
    pub button: &'static str,
    /// Below the button: for how long it works, and what to do for whom the mail is a surprise.
    pub note: &'static [&'static str],
}

/// What all mails say in one language.
pub(super) struct Words {
    pub invitation: About,
    pub password_reset: About,
    pub new_device: About,
    pub old_address: About,
    pub new_address: About,
    pub test: About,
    pub device: &'static str,
    pub place: &'static str,
    pub time: &'static str,
    /// What a device or place is called that nothing is known of.
    pub unknown: &'static str,
    /// Before a link that is written out.
    pub by_hand: &'static str,
    pub footer: &'static str,
}

/// The table of a language.
pub(super) const fn words(language: Language) -> &'static Words {
    match language {
        Language::En => &EN,
        Language::De => &DE,
        Language::Fr => &FR,
        Language::Es => &ES,
    }
}

static EN: Words = Words {
    invitation: About {
        subject: "Invitation to the team of {team}",
        heading: "You are invited to the team of {team}",
        body: &[
            "The team answers the customers of {team} in a live chat. Follow the link to choose your name and a password.",
        ],
        button: "Accept the invitation",
        note: &[
            "The link works once, until {until}.",
            "If you did not expect an invitation, ignore this mail: nothing will happen.",
        ],
    },
    password_reset: About {
        subject: "Choose a new password",
        heading: "Choose a new password",
        body: &[
            "Somebody asked for a new password for your account in the team of {team}. If that was you, follow the link.",
        ],
        button: "Choose a new password",
        note: &[
            "The link works once, until {until}.",
            "If that was not you, ignore this mail: your password stays as it is.",
        ],
    },
    new_device: About {
        subject: "New sign-in to your account",
        heading: "A new sign-in to your account",
        body: &[
            "Somebody signed in to your account in the team of {team} from a device that was not known before.",
        ],
        button: "Check my sessions",
        note: &[
            "If that was you, there is nothing to do.",
            "If that was not you, end this session and change your password now.",
        ],
    },
    old_address: About {
        subject: "A new address for your account",
        heading: "A new address for your account",
        body: &[
            "Somebody who was signed in to your account in the team of {team} asked for another e-mail address. Once it is confirmed, you sign in with the new one, and no more mail comes here.",
        ],
        button: "Check my account",
        note: &[
            "If that was you, there is nothing to do here: the link to confirm it is in the other mailbox.",
            "If that was not you, change your password now, and tell an admin of your team.",
        ],
    },
    new_address: About {
        subject: "Confirm your new address",
        heading: "Confirm your new address",
        body: &[
            "An account in the team of {team} is to use this address from now on. Follow the link to confirm that it is yours.",
        ],
        button: "Confirm this address",
        note: &[
            "The link works once, until {until}.",
            "If you know nothing of this, ignore this mail: nothing will happen.",
        ],
    },
    test: About {
        subject: "Test mail from {team}",
        heading: "Mail works",
        body: &["An admin of the team of {team} sent this mail to see whether mail arrives. It does."],
        button: "Open the dashboard",
        note: &[],
    },
    device: "Device",
    place: "Place",
    time: "Time",
    unknown: "unknown",
    by_hand: "If the button does not work, open this address:",
    footer: "Sent by the live chat of {team}. Replies to this mail are not read.",
};

static DE: Words = Words {
    invitation: About {
        subject: "Einladung ins Team von {team}",
        heading: "Du bist ins Team von {team} eingeladen",
        body: &[
            "Das Team antwortet der Kundschaft von {team} im Live-Chat. Folge dem Link, um deinen Namen und ein Passwort zu wählen.",
        ],
        button: "Einladung annehmen",
        note: &[
            "Der Link gilt einmal, bis {until}.",
            "Wenn du keine Einladung erwartest, ignoriere diese E-Mail: Es passiert nichts.",
        ],
    },
    password_reset: About {
        subject: "Neues Passwort wählen",
        heading: "Neues Passwort wählen",
        body: &[
            "Jemand hat ein neues Passwort für dein Konto im Team von {team} angefordert. Wenn du das warst, folge dem Link.",
        ],
        button: "Neues Passwort wählen",
        note: &[
            "Der Link gilt einmal, bis {until}.",
            "Wenn du das nicht warst, ignoriere diese E-Mail: Dein Passwort bleibt, wie es ist.",
        ],
    },
    new_device: About {
        subject: "Neue Anmeldung bei deinem Konto",
        heading: "Neue Anmeldung bei deinem Konto",
        body: &[
            "Bei deinem Konto im Team von {team} hat sich jemand mit einem Gerät angemeldet, das bisher nicht bekannt war.",
        ],
        button: "Meine Sitzungen prüfen",
        note: &[
            "Wenn du das warst, ist nichts zu tun.",
            "Wenn du das nicht warst, beende diese Sitzung und ändere sofort dein Passwort.",
        ],
    },
    old_address: About {
        subject: "Neue Adresse für dein Konto",
        heading: "Neue Adresse für dein Konto",
        body: &[
            "Jemand, der bei deinem Konto im Team von {team} angemeldet war, hat eine andere E-Mail-Adresse eingetragen. Sobald sie bestätigt ist, meldest du dich mit ihr an, und an diese Adresse kommt keine E-Mail mehr.",
        ],
        button: "Mein Konto prüfen",
        note: &[
            "Wenn du das warst, ist hier nichts zu tun: Der Link zum Bestätigen liegt im anderen Postfach.",
            "Wenn du das nicht warst, ändere sofort dein Passwort und sag einem Admin deines Teams Bescheid.",
        ],
    },
    new_address: About {
        subject: "Neue Adresse bestätigen",
        heading: "Neue Adresse bestätigen",
        body: &[
            "Ein Konto im Team von {team} soll von jetzt an diese Adresse nutzen. Folge dem Link, um zu bestätigen, dass sie dir gehört.",
        ],
        button: "Adresse bestätigen",
        note: &[
            "Der Link gilt einmal, bis {until}.",
            "Wenn du davon nichts weißt, ignoriere diese E-Mail: Es passiert nichts.",
        ],
    },
    test: About {
        subject: "Test-E-Mail von {team}",
        heading: "E-Mails kommen an",
        body: &[
            "Ein Admin des Teams von {team} hat diese E-Mail geschickt, um zu sehen, ob E-Mails ankommen. Das tun sie.",
        ],
        button: "Dashboard öffnen",
        note: &[],
    },
    device: "Gerät",
    place: "Ort",
    time: "Zeit",
    unknown: "unbekannt",
    by_hand: "Wenn der Button nicht funktioniert, öffne diese Adresse:",
    footer: "Gesendet vom Live-Chat von {team}. Antworten auf diese E-Mail werden nicht gelesen.",
};

static FR: Words = Words {
    invitation: About {
        subject: "Invitation à rejoindre l’équipe de {team}",
        heading: "Rejoignez l’équipe de {team}",
        body: &[
            "On vous invite dans l’équipe qui répond par chat en direct aux clients de {team}. Suivez le lien pour choisir votre nom et un mot de passe.",
        ],
        button: "Accepter l’invitation",
        note: &[
            "Le lien fonctionne une seule fois, jusqu’au {until}.",
            "Si vous n’attendiez pas d’invitation, ignorez ce message\u{a0}: il ne se passera rien.",
        ],
    },
    password_reset: About {
        subject: "Choisir un nouveau mot de passe",
        heading: "Choisir un nouveau mot de passe",
        body: &[
            "Quelqu’un a demandé un nouveau mot de passe pour votre compte dans l’équipe de {team}. Si c’était vous, suivez le lien.",
        ],
        button: "Choisir un nouveau mot de passe",
        note: &[
            "Le lien fonctionne une seule fois, jusqu’au {until}.",
            "Si ce n’était pas vous, ignorez ce message\u{a0}: votre mot de passe reste le même.",
        ],
    },
    new_device: About {
        subject: "Nouvelle connexion à votre compte",
        heading: "Nouvelle connexion à votre compte",
        body: &[
            "Quelqu’un s’est connecté à votre compte dans l’équipe de {team} depuis un appareil encore inconnu.",
        ],
        button: "Vérifier mes sessions",
        note: &[
            "Si c’était vous, il n’y a rien à faire.",
            "Si ce n’était pas vous, mettez fin à cette session et changez tout de suite votre mot de passe.",
        ],
    },
    old_address: About {
        subject: "Votre compte va changer d’adresse",
        heading: "Votre compte va changer d’adresse",
        body: &[
            "Une personne connectée à votre compte dans l’équipe de {team} a demandé une autre adresse e-mail. Dès que la nouvelle adresse sera confirmée, c’est avec elle que vous vous connecterez, et plus aucun message n’arrivera ici.",
        ],
        button: "Vérifier mon compte",
        note: &[
            "Si c’était vous, il n’y a rien à faire ici\u{a0}: le lien de confirmation est dans l’autre boîte de réception.",
            "Si ce n’était pas vous, changez tout de suite votre mot de passe et prévenez un admin de votre équipe.",
        ],
    },
    new_address: About {
        subject: "Confirmer votre nouvelle adresse",
        heading: "Confirmer votre nouvelle adresse",
        body: &[
            "Un compte dans l’équipe de {team} doit désormais utiliser cette adresse. Suivez le lien pour confirmer qu’elle est à vous.",
        ],
        button: "Confirmer cette adresse",
        note: &[
            "Le lien fonctionne une seule fois, jusqu’au {until}.",
            "Si vous n’êtes pas au courant, ignorez ce message\u{a0}: il ne se passera rien.",
        ],
    },
    test: About {
        subject: "Message de test de {team}",
        heading: "Les e-mails arrivent",
        body: &[
            "Un admin de l’équipe de {team} a envoyé ce message pour voir si les e-mails arrivent. C’est le cas.",
        ],
        button: "Ouvrir le tableau de bord",
        note: &[],
    },
    device: "Appareil",
    place: "Lieu",
    time: "Heure",
    unknown: "inconnu",
    by_hand: "Si le bouton ne fonctionne pas, ouvrez cette adresse\u{a0}:",
    footer: "Envoyé par le chat en direct de {team}. Les réponses à ce message ne sont pas lues.",
};

static ES: Words = Words {
    invitation: About {
        subject: "Invitación al equipo de {team}",
        heading: "Tienes una invitación al equipo de {team}",
        body: &[
            "El equipo responde a los clientes de {team} en un chat en vivo. Sigue el enlace para elegir tu nombre y una contraseña.",
        ],
        button: "Aceptar la invitación",
        note: &[
            "El enlace funciona una sola vez, hasta el {until}.",
            "Si no esperabas una invitación, ignora este mensaje: no pasará nada.",
        ],
    },
    password_reset: About {
        subject: "Elegir una contraseña nueva",
        heading: "Elegir una contraseña nueva",
        body: &[
            "Alguien ha pedido una contraseña nueva para tu cuenta en el equipo de {team}. Si has sido tú, sigue el enlace.",
        ],
        button: "Elegir una contraseña nueva",
        note: &[
            "El enlace funciona una sola vez, hasta el {until}.",
            "Si no has sido tú, ignora este mensaje: tu contraseña no cambia.",
        ],
    },
    new_device: About {
        subject: "Nuevo inicio de sesión en tu cuenta",
        heading: "Nuevo inicio de sesión en tu cuenta",
        body: &[
            "Alguien ha iniciado sesión en tu cuenta en el equipo de {team} desde un dispositivo hasta ahora desconocido.",
        ],
        button: "Revisar mis sesiones",
        note: &[
            "Si has sido tú, no hay nada que hacer.",
            "Si no has sido tú, cierra esa sesión y cambia tu contraseña enseguida.",
        ],
    },
    old_address: About {
        subject: "Nueva dirección para tu cuenta",
        heading: "Nueva dirección para tu cuenta",
        body: &[
            "Alguien con la sesión iniciada en tu cuenta en el equipo de {team} ha pedido otra dirección de correo. Cuando se confirme, iniciarás sesión con la nueva, y aquí ya no llegará correo.",
        ],
        button: "Revisar mi cuenta",
        note: &[
            "Si has sido tú, aquí no hay nada que hacer: el enlace para confirmarla está en el otro buzón.",
            "Si no has sido tú, cambia tu contraseña enseguida y avisa a un admin de tu equipo.",
        ],
    },
    new_address: About {
        subject: "Confirmar tu dirección nueva",
        heading: "Confirmar tu dirección nueva",
        body: &[
            "Una cuenta en el equipo de {team} va a usar esta dirección a partir de ahora. Sigue el enlace para confirmar que es tuya.",
        ],
        button: "Confirmar esta dirección",
        note: &[
            "El enlace funciona una sola vez, hasta el {until}.",
            "Si no sabes nada de esto, ignora este mensaje: no pasará nada.",
        ],
    },
    test: About {
        subject: "Mensaje de prueba de {team}",
        heading: "El correo llega",
        body: &[
            "Un admin del equipo de {team} ha enviado este mensaje para ver si el correo llega. Y llega.",
        ],
        button: "Abrir el panel",
        note: &[],
    },
    device: "Dispositivo",
    place: "Lugar",
    time: "Hora",
    unknown: "desconocido",
    by_hand: "Si el botón no funciona, abre esta dirección:",
    footer: "Enviado por el chat en vivo de {team}. Las respuestas a este mensaje no se leen.",
};
