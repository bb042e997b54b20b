//! The clauses of the privacy statement in German.

use crate::privacy::clause::Topic;
use crate::privacy::fact::StoreKind;
use crate::ui::i18n::clause_texts::ClauseTexts;
use crate::ui::i18n::german::format::duration;

pub(super) const TEXTS: ClauseTexts = ClauseTexts {
    heading: |topic| match topic {
        Topic::Summary => "Kurz gesagt",
        Topic::Operator => "Wer diesen Dienst betreibt",
        Topic::Shared => "Was Suchpartner erhalten",
        Topic::Counted => "Was wir zählen",
        Topic::Visits => "Wie wir Besuche zählen",
        Topic::Click => "Wenn Sie ein Ergebnis öffnen",
        Topic::Device => "Was auf Ihrem Gerät bleibt",
        Topic::Choices => "Was Sie tun können",
        Topic::Memory => "Wie lange wir uns etwas merken",
        Topic::Residual => "Was sich trotzdem erkennen ließe",
        Topic::Law => "Behörden, Verkauf, Rechner und Änderungen",
    },
    six_fields: "Von einer Suche erhält ein Suchpartner höchstens sechs Angaben: keine IP-Adresse, keine Cookies und keine \
                 Kopfzeilen Ihres Browsers. Alles Übrige verwerfen wir beim Eingang.",
    nothing_recorded: "Wir schreiben nur Summen auf. Suchbegriffe, Kennungen und IP-Adressen werden nirgends festgehalten, und \
                       von einem einzelnen Vorgang nicht mehr, als dass eine Summe um eins höher ist.",
    no_keystrokes: "Während Sie tippen, wird uns nichts gesendet. Suchvorschläge gibt es nicht.",
    no_visited_sites: "Welche Websites Sie besuchen, erfassen wir nicht. Führt der Link eines Ergebnisses über diesen Dienst, \
                       zählen wir, dass er geöffnet wurde, aber nicht, wohin er führte.",
    no_scripts: "Unsere Seiten enthalten keine Skripte und laden nichts von anderen Websites.",
    operator: |name, operator| match operator {
        Some(operator) => format!("{name} wird betrieben von: {operator}."),
        None => format!("Wer {name} betreibt, ist hier nicht angegeben."),
    },
    contact: "So erreichen Sie den Betreiber:",
    no_contact: "Eine Kontaktadresse ist hier nicht angegeben.",
    website: "Website",
    every_partner: "Jeder Partner sieht außerdem die IP-Adresse dieses Dienstes und den Zeitpunkt, zu dem eine Suche eintrifft. \
                    Der Rest der Anfrage ist für alle gleich.",
    fail_over: "Fällt ein Partner aus, fragen wir einen anderen. Er erhält dieselben Angaben, mit einem eigenen Pseudonym. Auch \
                der erste kann Ihre Suche schon erhalten haben.",
    languages: "Sprachen, die einem Partner mitgeteilt werden können:",
    keyword_itself: "Ihr Suchbegriff kann etwas über Sie verraten. Von personenbezogenen Daten abgesehen, die wir erkennen, \
                     beurteilen wir das nicht.",
    countable_ids: "Eine Kennung, die sich durch Abzählen erraten ließe, bekommt kein Pseudonym: eine kurze, eine nur aus \
                    Ziffern, eine Adresse.",
    searches_and_clicks: "Suchen zählen wir nach Stunde, Partner, Code und Ausgang, Klicks auf Ergebnisse nach Stunde, Partner, \
                          Code, Art (Anzeige oder nicht) und Ausgang. Anfragen an einen Partner, der nach Anfragen bezahlt \
                          wird, zählen wir außerdem nach Tag, Partner und Code.",
    exact_hours: "Diese Zahlen sind genau, auch wenn in einer Stunde nur ein einziger Vorgang liegt. Wer sie lesen kann und \
                  weiß, dass in dieser Stunde nur Sie einen Code verwendet haben, erfährt, dass Sie gesucht oder geklickt haben – \
                  aber nie, wonach. Für die Besuche eines Tages gilt dasselbe. Codes sind deshalb für viele Menschen gedacht.",
    small_count: |k| {
        format!(
            "Sprachen, Browserfamilien und Suchbegriffsgruppen zählen wir nach Tag und Partner, jede für sich. Genannt wird eine \
             erst, wenn sie an diesem Tag bei mindestens {k} verschiedenen Menschen vorkam, soweit Netze und Stempel sie unterscheiden, und \
             erst am Ende einer Stunde."
        )
    },
    keyword_groups: "Suchbegriffsgruppen, die wir zählen – ohne die Suchbegriffe selbst:",
    network_limits: "Damit niemand anderen diesen Dienst wegnehmen oder seine Zahlen fälschen kann, begrenzen wir, wie viel ein \
                     einzelnes Netz ihn nutzen darf. Dafür berechnen wir mit einem geheimen Schlüssel eine Zahl aus dem ersten \
                     Teil Ihrer IP-Adresse (24 Bit einer IPv4-, 56 Bit einer IPv6-Adresse). Sie dient außerdem dazu, für die \
                     genannten Zahlen Menschen zu unterscheiden und zu erkennen, ob ein Partner bei allen ausfällt oder nur bei \
                     einem Netz.",
    repeated_clicks: "Damit zwei Klicks kurz nacheinander nur einmal zählen, merken wir uns eine Zahl, die aus der Zahl Ihres \
                      Netzes, dem User-Agent Ihres Browsers und dem Ergebnis berechnet ist.",
    stamp: "Wir zählen, wie viele Menschen diesen Dienst nutzen und wie viele wiederkommen, ohne jemanden zu identifizieren. Ihr \
            Browser oder Ihre Toolbar speichert einen Stempel: den Tag Ihres ersten Besuchs, den Tag Ihres letzten Besuchs und \
            eine Zufallszahl, die nach jedem Tag mit einem Besuch wechselt. Nach einem Monat wird der erste Tag auf seine Woche \
            vergröbert, nach einem halben Jahr auf seinen Monat. Wir behalten keine Kopie des Stempels.",
    stamp_rides: "Der Stempel wird mit jeder Anfrage an diesen Dienst gesendet, also auch mit jeder Suche: als Cookie oder, von \
                  einer Toolbar, als Kopfzeile. Wir lesen ihn nur für die hier beschriebenen Zahlen. Grundsätzlich könnte der Betreiber \
                  das Programm aber so ändern, dass es Suchen anhand des Stempels verknüpft, und Sie würden es nicht bemerken. \
                  Mit Do Not Track gibt es keinen Stempel.",
    visit_totals: "Gespeichert werden Summen nach Tag und Code: wie viele Menschen da waren, wie viele Tage nach ihrem vorherigen \
                   Besuch (0 bis 30) und wie viele von denen, die an einem Tag neu waren, nach 1, 7 und 30 Tagen wiederkamen.",
    id_counts: "Eine Toolbar, die eine Kennung sendet und keinen Stempel speichert, wird tageweise gezählt.",
    redirect: "Wir leiten Sie ohne Referrer weiter und geben Ihren Suchbegriff nicht mit.",
    destination: "Von da an sieht das Ziel, was jede Website sieht: Ihre IP-Adresse, die Angaben Ihres Browsers über sich selbst, \
                  den Zeitpunkt und seine eigenen Cookies.",
    ad_links: "Der Link einer Anzeige bleibt, wie der Partner ihn geliefert hat, denn danach rechnet der Partner ab. Der Partner \
               und alle, über die sein Link führt, können deshalb dasselbe über Sie erfahren und am Link oder am Zeitpunkt \
               möglicherweise erkennen, zu welcher Suche der Klick gehört. Das können wir nicht verhindern.",
    address_history: "Wenn Sie in der Adresszeile oder in unserem Suchfeld suchen, steht Ihr Suchbegriff in der Adresse der \
                      Ergebnisseite. Ihr Browser behält sie im Verlauf und gleicht diesen womöglich mit Ihren anderen Geräten ab.",
    posted_search: "Wird eine Suche per POST gesendet, steht der Suchbegriff nicht in der Adresse. Fügen Sie dafür in einem \
                    Browser wie Firefox die Suchmaschine hinzu, deren Name auf „(POST)“ endet.",
    uninstall: "Wenn Sie die Toolbar entfernen oder die Daten dieser Website löschen, ist Ihr Stempel weg. Wir erfahren davon \
                nichts, und hier bleibt nichts über Sie zurück.",
    global_privacy_control: "Ist in Ihrem Browser Global Privacy Control eingeschaltet, erhält kein Partner ein Pseudonym, und \
                             Ihr Stempel enthält keine Zahl: Er ist für alle gleich, deren erster und letzter Besuch auf \
                             dieselben Tage fielen wie Ihre.",
    do_not_track: "Ist Do Not Track eingeschaltet, erhält ebenfalls kein Partner ein Pseudonym. Sie bekommen keinen Stempel, und \
                   ein vorhandener wird gelöscht.",
    withdraw: "Wir speichern nichts über Sie, was sich nachschlagen oder löschen ließe. Diese Schaltfläche lässt Ihren Browser \
               die Cookies dieses Dienstes löschen, falls es welche gibt, und damit Ihren Stempel.",
    totals_kept: |months| {
        format!(
            "Die Summen bleiben gespeichert, bis der Betreiber sie löscht; eine Frist dafür gibt es nicht. Nach {months} Monaten \
             werden aus Stunden Tage. Sie stehen unter keinem Namen und keiner Kennung."
        )
    },
    stamp_life: |months, days| {
        format!(
            "Ihr Browser behält einen Stempel, bis Sie {days} Tage lang nicht mehr da waren, und höchstens {months} Monate."
        )
    },
    stamp_mark: "Dass ein Stempel oder eine Kennung gezählt wurde, bleibt im Arbeitsspeicher, bis der Tag (UTC) vorbei ist.",
    pseudonym_key: "Pseudonyme werden nicht gespeichert. Der Schlüssel, mit dem sie erzeugt werden, wechselt jeden Tag (UTC), und \
                    der alte wird gelöscht, sobald der Dienst läuft.",
    link_life: |works, remembered| {
        format!(
            "Der Link eines Ergebnisses lässt sich {} lang öffnen. Dass er geöffnet wurde, bleibt höchstens {} lang im \
             Arbeitsspeicher, damit er nur einmal zählt.",
            duration(works),
            duration(remembered)
        )
    },
    network_life: |seconds| {
        format!(
            "Die Zahl Ihres Netzes bleibt höchstens {} lang im Arbeitsspeicher, oder solange eine Verbindung von Ihnen offen ist. Dann wird ihr Schlüssel ersetzt und alles damit \
             Berechnete vergessen.",
            duration(seconds)
        )
    },
    repeat_life: |seconds| {
        format!("Die Zahl eines Klicks bleibt höchstens {} lang im Arbeitsspeicher.", duration(seconds))
    },
    slice_memory: "Bis eine Sprache, Browserfamilie oder Suchbegriffsgruppe bei genügend Menschen vorkam, sind Zahlen von Netzen \
                   und Stempeln im Arbeitsspeicher: die von Netzen höchstens eine Stunde, die von Stempeln, bis der Tag vorbei ist.",
    image_life: |seconds| {
        format!(
            "Bilder aus Ergebnissen bleiben {} lang im Arbeitsspeicher, auch für andere, die dieselben Ergebnisse sehen.",
            duration(seconds)
        )
    },
    keyword_memory: "Ihren Suchbegriff verwenden wir, bis Ihre Suche beantwortet ist, und wir überschreiben Speicher, sobald wir \
                     ihn freigeben. Spuren davon können danach noch einige Zeit bleiben, zum Beispiel in Puffern des \
                     Betriebssystems.",
    network_observer: "Wer Ihr Netz betreibt, sieht, dass Sie diesen Dienst nutzen, wann und wie viele Daten fließen. Beginnt die \
                       Adresse dieser Seite mit http://, kann er auch Ihre Suchen lesen.",
    answer_sizes: |is_padded| {
        if is_padded {
            "Antworten werden auf wenige Größen aufgefüllt, damit ihre Größe wenig über die Suche verrät."
        } else {
            "Antworten sind verschieden groß. Wer das Netz beobachtet, könnte daran eine Suche erraten."
        }
    },
    operator_could: "Der Betreiber könnte das Programm ändern oder im Betrieb dessen Speicher auslesen. Davor kann Sie diese \
                     Erklärung nicht schützen.",
    two_partners: "Zwei Partner könnten vergleichen, was sie erhalten. Ein Pseudonym haben sie nicht gemeinsam, aber sie könnten \
                   einen seltenen Suchbegriff am Zeitpunkt wiedererkennen.",
    hidden_text: |figures| {
        format!(
            "Eine bösartige Toolbar könnte in Ihrem Suchbegriff etwas verstecken: 1 Bit in der Groß- oder Kleinschreibung jedes \
             Buchstabens und mindestens 1 weiteres in jedem der {} lateinischen Buchstaben (von 52), die in anderen Alphabeten \
             Doppelgänger haben. In den längsten Suchbegriff passen so {} Bit oder mehr.",
            figures.look_alikes, figures.longest
        )
    },
    hidden_choice: |partners| {
        let widths: Vec<String> = partners.iter().map(|(name, bits)| format!("{name} {bits}")).collect();
        format!(
            "Durch die Wahl von Sprache, Browser und Code und dadurch, ob sie eine Kennung sendet, könnte sie jeder Suche \
             höchstens so viele Bit mitgeben: {}. Kennt ein Partner Kennungen schon vorher, kommt die Wahl unter ihnen hinzu.",
            widths.join(", ")
        )
    },
    hidden_time: "Auch durch den Zeitpunkt einer Suche könnte sie etwas mitteilen. Wir verzögern Suchen nicht.",
    known_id: "Ein Partner, der die Kennung einer Toolbar kennt, kann deren Pseudonym des Tages erfahren, indem er hier mit dieser \
               Kennung sucht.",
    legal_process: "Verlangt eine Behörde Daten von uns, gibt es Summen, Schlüssel und die Konfiguration: über vergangene Suchen \
                    nichts, was nicht oben steht. Man könnte uns verpflichten, von da an mehr aufzuzeichnen.",
    sale: "Wird der Dienst verkauft, erhält der Käufer genau das. Ein neuer Betreiber ist eine Änderung dieser Erklärung.",
    store_place: |kind, k| match kind {
        StoreKind::File => "Die Summen liegen in einer Datei auf dem Rechner, auf dem dieser Dienst läuft.".to_owned(),
        StoreKind::Postgresql => format!(
            "Die Summen liegen in einer PostgreSQL-Datenbank, die auf einem anderen Rechner laufen kann. Sie erhält sie für \
             mindestens {k} Vorgänge auf einmal oder am Ende einer Stunde."
        ),
    },
    shared_memory: "Mehrere Rechner teilen sich, welche Links geöffnet und welche Stempel und Kennungen gezählt wurden: im Arbeitsspeicher eines \
                    Servers, der ein anderer Rechner sein kann, als Zahlen, die mit einem geheimen Schlüssel berechnet sind.",
    changes: |days| {
        format!(
            "Änderungen dieser Erklärung geben wir {days} Tage lang auf der Startseite bekannt. Frühere Fassungen bleiben \
             gespeichert."
        )
    },
};
