/**
 * 7776 German words of four to eight letters, without umlauts: the list of the Python package `diceware`,
 * © 2021 Uli Fouquet, CC BY 3.0 (NOTICE.md). One line holds as many as fit.
 */
export const words: readonly string[] = `
aalen abart abba abbe abbiegen abbild abbitte abbruch abdecken abdrehen abdruck abebben abend aber abfahrt abfall
abfedern abfeuern abflug abfluss abfolge abfrage abfuhr abgabe abgang abgas abgeben abgehen abgesang abgetan abgrund
abgucken abguss abhaben abhaken abhalten abhang abhauen abheben abhelfen abhilfe abholen abholung abholzen abidjan
abitur abjagen abkaufen abkehr abladen ablage ablass ablauf ableben ablegen ableger ablehnen ablesbar ablesen abluft
abmachen abmagern abmahnen abnahme abnehmen abnehmer abnorm abnutzen abonnent abpfiff abpumpen abraten abraum abrede
abreise abriss abruf abrunden abrupt absage absatz abscheu absehen abseits absenden absender absenz absicht absolut
abspann absprung abstand abstieg abstract abstrus abstufen absturz absurd abtanzen abtasten abtei abtritt abtun
abwahl abwasch abweg abwehr abweisen abwinken abwurf abzahlen abziehen abzug abzweig access achse acht acid acker
acre acryl acta action actor adagio adapter adaption adaptiv additiv adel ader adieu adjutant adler adlig admiral
adonis adresse adrett adult advent advokat aerobic aerosol affe affin affront afghane after agape agenda agent
agieren agiert agil agonie agora ahle ahnden ahndung ahnen ahnherr ahnung ahoi ahorn aids aikido airbag airline
airport akazie akkord akku akne akribie akrobat akronym akte aktie aktion aktiv aktuar aktuell akustik akut akzent
aland alane alarm albaner albern albion albtraum album albus alchemie alert alfa alge alias alibi alien alken
alkohol alkoven allah alldem alle alliance allianz allmacht allmend allrad allround allseits alltag allzeit allzu
almosen aloe alpe alpha alphorn alpin alsbald alsdann also altan altar altauto altbau alte altfall altglas altherr
altholz altklug altlast altstar amalgam amateur amber ambiente ambition amboss ambra ameise amen amin ammann amme
amnesie amnestie amok amorph amour ampel ampere amphibie ampulle amsel amten amtiert amtlich amtmann amtsarzt
amtseid amtshaus amtshof amtssitz amtszeit amulett anabol anaerob anal ananas anarchie anatom anbahnen anbau anbeten
anbieter anblick anbot anbruch andacht andante andauen andauern andere andermal anders andrang anecken aneignen
anfachen anfahrt anfall anfang anfassen anflug anfrage angabe angeben angeber angebot angehen angel anger angesagt
angetan angina angler angriff angst angucken anhaben anhalten anhalter anhand anhang anhaus anheben anheim anhieb
anhin anilin anion anis ankauf anker anklage anklang ankommen ankunft anlage anlass anlauf anlegen anleger anleihe
anlocken anmalen anmelden anmerken anmieten anmut annahme annalen anno anode anonym anorak anordnen anpassen anpfiff
anprall anraten anrecht anrede anregen anreise anreiz anrichte anrollen anruf ansage ansatz anschau anschlag anschub
ansehen ansicht anspiel ansporn anspruch anstalt anstand anstatt anstehen anstelle anstieg anstrich ansturm ansuchen
ante anthrax antigen antigon antik antiqua antlitz antrag antrieb antritt antun antwort anus anwachs anwalt anweisen
anwenden anwesen anwidern anwurf anzahl anzapfen anzeige anzug apache apart apathie aperitif apern apfel apollon
apostel apparat appeal appell appendix appetit applaus april apropos apsis aqua araber arbeit arch areal arena
arglos argon argwohn arid arie arisch arkade arles armada armatur armband armbrust arme armselig armut aroma array
arrest arroganz arsen artefakt arten arterie arthrose artig artikel artist artmann arznei arzt asbest aschbach asche
ashby asiat askese asket asozial aspekt asphalt aspirin assessor asset assist assyrer asten aster asthma astrein
asyl atelier atem atheist athener athlet atlas atmen atmung atoll atom atonal atrium attack attentat attest attila
attisch attrappe auch audienz audit aufbau aufessen aufgabe aufgang aufguss aufheben aufkauf auflage auflauf
aufleben aufrecht aufruf aufruhr aufs auftakt auftrag auftrieb auftun aufwand aufwind aufzucht aufzug auge augur
august auktion aula aura ausbau ausblick ausbuhen ausdauer ausdruck ausfahrt ausfall ausflug ausfuhr ausgabe ausgang
ausgeben aushang aushub auskunft ausladen auslage ausland auslauf ausleben auslegen ausleger ausleihe auslese
auspuff ausrede ausreise ausritt ausruf aussaat aussage ausschau aussehen ausstand ausstieg auster austritt auswahl
ausweg ausweis auswuchs auszeit auszug autark autismus autist auto auwald avance avatar avenue avers avis avocado
aware axial axiom azteke azubi azur babbeln baby bach back bacon badehaus badehose bademode baden badeort badesee
badi baff bagdader bagger bahn bahre baht baier bairisch baisse bajazzo bajuware bakken balance bald balg balken
balkon ball balsam balte balz bambus bammel banal banane banat band bang banjo bank bann bantu baptist baracke
barbar barbe barbier barcode barde barett bargeld bariton bark barmen barmer barock baron barrage barre barriere
barrios bart basal basar base basic basiert basilika basis baske baskisch basler bass bast batik batterie batzen
bauamt bauart bauboom bauch bauen bauer baufeld bauform bauherr bauhof bauholz baujahr baukran baukunst bauland
bauleute baulich baulos baum bauplan baurat baurecht baureif bausatz bausch baustein baustil bauteil bauwagen
bauwerk bauzaun bauzeit bauzone bayer beamen beamer beamte beamtin beat beau bebauen bebaut bebauung beben bebop
becher becken bedacht bedankt bedarf bedeckt bedenken bedient bedingen bedingt bedruckt beduine beehren beeilen
beenden beendet beengen beengt beerben beere beet befall befangen befassen befasst befehl befeuern befinden befolgen
befragt befreien befreier befreit befugen befugt befund begaben begabt begabung begangen begeben begegnet begehbar
begehen begehrt begierig begine beginn begnadet begonnen begrenzt begriff behaart behaftet behagen behalten beharrt
behauen beheben behebung beheizen beheizt beherzt behind behutsam beichte beide beifall beigabe beige beiheft beil
beim bein beirat beirren beisein beisel beisl beitrag beiwerk beiz bejagen bejagung bejahen bejahung bejubeln
bekannt bekenner bekleben beladen belag belang beleben belebt beleg belehren beleibt belesen beletage belgier
belieben beliebt bellen belohnen belohnt belt beluga bemalen bemalt bemalung bemannen bemannt bemerken bemerkt
bemessen benannt benefiz beneiden bengale bengel benne benoten benotung benutzt benzin benzol bequem berappen
beraten berater beraubt berber bereden beredt bereich bereist bereit bereuen bereut berg bericht beringen beringer
berner bernisch bersten bertl beruf beruhen beruhigt besagen besagt besatz beschuss beseelt besehen besen besessen
besetzen besiegt besitz besonnen besorgt bessern best besuch besudeln beta beten bethaus betiteln beton betracht
betrag betraut betreff betreten betrieb betrug bett betucht beugen beugung beule beute beutler bevor bewachen
bewacht bewahrer bewahrt bewegen bewegt bewegung bewehren bewehrt beweis bewerb bewerten bewertet bewirkt bewohner
bewohnt beworben bewuchs bewusst bezahlen bezahlt bezeugen bezeugt beziehen bezieher bezirk bezirzen bezogen bezug
biathlet bibbern bibel biber bibi bieder biege biegsam biegung biene bier biest bieten bieter bigband bigott bike
bikini bilanz bild billard bille billig billion bimmeln binde bindung binge bingo binnen binse bioethik biogas
biogen biograf biohof bioland biologe biosprit biotop bipolar birke birnbaum birne bischof bisher bislang bison biss
bistro bistum bitte bitumen biwak bizarr blackbox blamabel blamage blank blase blass blatt blau blazer blech blecken
blei blende blendung blessur bleu blick blind blinken blinker blinzeln blitz bloch block blogger blond blues bluff
blume blumig bluse blut board bobo boccia bock bodden boden body bogen boheme bohle bohne bohren bohrer bohrloch
bohrung boiler boje bolero bolid bolle bollwerk bolzen bombe bommel bonbon bond bongen bonjour bonmot bonner bonsai
bonus bonze boogie booklet boom boot bora bord borg borke borste borusse boshaft bosheit bosniake bosnier bosse
botanik bote bott bouillon boulogne bourbon boutique bowle bowling boxen boxer boxring boygroup boykott bozner brach
brack brain bram branche brand brasil brassen braten bratsche brauch braue braun brause braut brav break breche brei
bremer bremse brennbar brennen brenner bresche brett brezel bridge brie brigade brigg brikett brille bringen brink
brisant brisanz brise brite britin britisch brocken brodeln broker brokkoli brom bronchie bronze brosche brot
browser bruch bruder brummen brummer brummi brunch brunn brunst brust brut bube bubi buch buckel bucklig buddeln
buddha bude budget buggy buhen buhlen buhmann buhruf bukett bulette bulgare bulgarin bulimie bulldog bulle bullig
bully bumerang bummel bund bungalow bunge bunker bunt bure burg burka burlesk bursch busch busen busnetz bussard
busspur bustour butler butt butz bypass byte cabaret cabrio cache cadmium caine call calypso camp cannabis canto
cape caravan carbo carlton carrier cartoon carver carving cash cassius casten casting castor catcher catering causa
celler cellist cello celsius cembalo cent chalet champion chance change channel chanson chaos chaot chapeau charge
charmant charme chart chassis chat check chef chemie chemiker chemisch chianti chief chiffre chilene chili chillen
chinese chinesin chip chirurg chlor cholera chopper chor chose christ chrom chronik chronist chuzpe cineast cinema
cirka city claim clean clever client clinch clique clou clown cluster coach cockpit coeur cognac collage college
collie colombo colonel colt combo comedy comic commedia compiler comte conseil content contest continuo cookie cool
core cottage cotton couch couleur count coup courage course cousin couture cover cowboy crack crash creek crew
cricket crime cross croupier cruisen cruiser culpa cupsieg cupspiel cure curie curling curry cutter dabei dach
dackel dadaist daddy dadurch dagegen daheim daher dahin dahlie dakar dakota dalai daliegen damalig damals dame damit
damm dampf damwild danach dancer dancing dandy daneben danger dank dann dantes danziger daran darauf daraus darben
darg darin darling darm darnach darob darre darum dasein dasitzen dass date datiert dativ dato datscha dattel datum
dauer daumen daune dauphin daviscup davon davor dazu deal debakel debatte debil dechant deck decoder defekt defilee
defizit deftig degen dehnbar dehnen dehnung deich dein dekade dekan dekor dekret delfin delikat delikt delle delta
demagoge dement demenz demeter demnach demo demut denkbar denken denker denkmal denn deponie depot depp derart derb
derer derivat derlei derweil derwisch derzeit deshalb design desktop desolat despot dessauer dessert dessous desto
detail deubel deut device devise devot dezember dezent dezernat dezibel diabetes diabolo diadem diagnose diakon
dialekt dialog dialyse diamant diaschau diashow dicht dick didaktik dieb diel dien diesel diesmal diffus digest
digital diktat diktiert diktion diktum dilemma dill dime dinar diner ding dinkel dinner dino diode dion dioxin
diplom direkt dirigat dirndl dirne disc diskette diskont diskret diskurs diskus disparat display disput dissen
distanz distel distrikt dito diva divers divis diwan dixie doch dock doge dogge dogma dohle doktor doktrin doku
dolce dolch dole doll dolomit domain domberg domchor domherr domhof domina dominion domino dominus domizil domplatz
dompteur dona donna donner doof doors dopamin dopen doping doppel doppler dopplung dorado dorf doria dorisch dorn
dorsch dort dose dosieren dosiert dosis dossier dotieren dotiert dotter doubeln double down doyen dozent dozieren
drache drachme draht drall drama dran drauf dreck dreh drei dreschen drescher dress driesch drift drill drin dritt
drive droben droge drogist drohen drohne drohung drollig dromedar drossel drost druck druide drum drunten drunter
dschihad dual dubios duce ducken dudeln duell duett duff duft duke duktus dulden duldung duma dumm dumpf dumping
dune dung dunkel dunst durch durst dusche dust dutt dutzend duzen dynamik dynamit dynamo eagle ebbe eben eber ebnen
echo echse echt eckball ecke eckhaus eckig eckturm eckwert eckzahn ecstasy edel eden edieren ediert edikt edition
editor efeu effekt egal egge egli egoismus egoist ehebett ehedem ehefrau ehejahr ehelich ehemals ehemann ehepaar
eher ehest ehrbar ehre ehrgeiz ehrlich ehrung eibe eichbaum eichborn eiche eichner eiern eiertanz eifeler eifer
eifrig eigelb eigen eignen eigner eignung eiland eile eilig eilzug eimer einbahn einband einbau einbezug einblick
einen einer einfach einfahrt einfall einfalt einfluss einfuhr eingabe eingang einhalt einhaus einheit einher
einholen einhorn einig einkauf einkehr einklang einlage einlass einlauf einlesen einmal einnahme einrad einrede eins
eintopf eintrag eintritt einwand einwurf einzel einzig einzug eisbahn eisberg eisen eisern eisfrei eisig eiskalt
eislauf eismann eismeer eissport eistanz eistee eisvogel eiswein eiszeit eitel eiter eitrig eizelle ekel eklat eklig
ekliptik ekstase ekuador ekzem elan elch elefant elegant eleganz elegie elegisch elektrik element elend eleve elfe
elfmal elite elle ellipse eloge elster eltern elysee email embargo emblem embryo emder emeritus eminent eminenz emir
emmaus emmel emotion empfang emphase empire empirie empor emscher emser emsig emulsion ende endkampf endlauf endlich
endlos endogen endpreis endpunkt endrang endrunde endsieg endspiel endspurt endstufe endung endzeit endziel endzone
energie enge englisch engpass enkel enklave enorm enquete ente entgelt entlang entlegen entlockt entnahme entree
entsandt entwurf entzug enzian enzym epigone epilog episch episode epitaph epochal epoche epos epsilon equipe
erachten erahnen erbauen erbauer erbaut erbe erbfall erbgut erbin erblast erblich erbosen erbost erbrecht erbse
erdacht erdball erdbeben erde erdgas erdig erdkugel erdloch erdmasse erdnah erdnuss erdteil erdwall ereilen ereilt
eremit eren ererbt erfassen erfinden erfinder erfolg erfreut ergeben ergebnis ergehen ergiebig ergo ergrauen ergraut
erguss erhaben erhalt erheben erhebung erhitzt erhoben erhoffen erhofft erholen erholsam erholt erika eriwan erkannt
erkennen erker erkiesen erkunden erlahmen erlangt erlass erle erlitten ermahnt ermorden ermordet ernannt erneuen
erneut ernst ernte erobern erobert eros erotik erpel erpicht erproben erprobt erraten erregen erreger erregt
erregung erretten error ersatz ersehen ersehnt ersetzen erspart erst ersucht ertappen ertappt erteilt ertrag
erturnen eruieren eruption eruptiv erwachen erwacht erwecken erweckt erweisen erwerb erwidern erwidert erwiesen
erwirkt erwogen erworben erzeugt erzieher erzielen erzielt erzogen esche escudo esel eskorte esprit essay essbar
esse essig esswein este estnisch estrich etage etappe etat eternit ethik ethisch ethnie ethos etikett etliche etter
etui etwa euch euer eugenik eule eunuch euphorie eure euro euter event evident evidenz ewer ewig exakt examen
exchange exegese exempel exemplar exfrau exil existent existenz exklave exklusiv exkurs exodus exorzist exot
expansiv expert explizit exponat exponent export express exquisit extern extra extrem exzess fabel fabrik face fach
fackel fact fade fagott fahl fahnden fahnder fahne fahrbahn fahrbar fahren fahrer fahrig fahrrad fahrstil fahrt
fahrweg fahrwerk fahrzeit fahrzeug faible fair fake fakir fakt falb falke falkner fall falsch falte faltig faltung
familie famos fanal fanblock fanbus fanfare fang fanklub fanshop fantast fanzine farbbild farbe farbfilm farbig
farblos farbraum farbton farce farin farm farn fasan faseln faser fashion fass fast fatal fatum fatwa fauchen faul
faun faust fauxpas favela favorit faxe fazit feature feber februar fechten fechter feder feed feeling fegen fehde
fehl feien feier feig feil fein feist feixen feld felge fell fels feminin fenchel fender fenn fenster fenz ferien
ferkel fern ferse fertig fesch fessel fest fete fetisch fett fetz feucht feudal feuer feurig fiaker fiasko fibel
fichte ficken fidel fieber fiebrig fiedler fies fifa figaro fight figur fiktion fiktiv file filiale filipino filius
film filou filter filz fina finden finder findig finesse finger finish fink finne finnin finnisch finster finte
firewall firm first fisch fiskus fitness fitten fittich fixen fixer fixiert fixing fjord flach flackern fladen
flagge flair flak flame flamingo flamme flaneur flanke flapsig flasche flash flat flau flechte fleck fleet flegel
flehen fleisch flex flicken flieder fliege fliehen fliese flink flinte flip flirren flirt flitzen flitzer float
flocke flockig floh flop flor floskel flosse flott fluch flug fluid fluor flur fluss flut flyer fock fohlen fokus
folder folge folglich folgsam folie folk folter fond fonem fonetik font food foppen fordern forelle forint form
forsch forst fort forum forward fossa fossil foto foul fourier foxtrott foyer fracht frack frage fragil fraglos
fragment fraktur frame franc frank franse frater fratze frau freak frech fregatte frei fremd frequenz fresko fresse
freude freudig freuen freund frevel friaul friede friedhof friedsam frieren fries frisbee frisch friseur friseuse
frisiert frist frisur fritte frivol froh fromm fronen front frosch frost frucht frust fuchs fuge fuhre fuldaer
fummeln fund funk furche furcht furie furios furor furt fuscheln fusion futsch futter futur gabe gabler gackern
gaffer gage gala galeere galerie galgen galle gallier gallo galopp gambe gamma gams gang ganove gans gant ganz
garage garant garaus garbe garde gardine gardist gare garland garn garstig garten gasen gasfeld gasmarkt gasmaske
gasnetz gasse gassi gast gaswerk gate gatte gattin gattung gauch gaudi gaukeln gaukler gaul gaumen gauner gautier
gave gazelle gazette geadelt geartet geballt gebannt gebaren gebaut gebein gebell geben geber gebet gebeugt gebiet
gebilde gebinde gebirge gebiss gebogen geboren geborgt gebot gebracht gebraten gebrauch gebraut gebrech gebucht
gebunden geburt geck gedacht gedanke gedeck gedehnt gedeih gedenken gedicht gediegen gedient gedopt gedreht gedruckt
geduld geehrt geeignet geeint geerbt gefahr gefallen gefasst gefecht gefeit gefieder gefilde gefilmt geflecht
gefleckt geflohen gefolge geformt gefoult gefragt gefunden gegeben gegen geglaubt gegner gegrillt gehabe gehackt
gehalt gehasst gehauen gehege gehegt geheim geheizt gehemmt gehen geher gehetzt geheuer geheul gehhilfe gehilfe
gehirn gehoben geholt gehorsam gehrer gehweg gehzeit geier geige geil geimpft geisel geisha geist geiz gejagt
gejohle gekannt gekapert gekehrt gekippt geklaut geklont gekocht gekonnt gekreuzt geladen gelage gelandet gelangen
gelangt gelass gelaufe gelb geld gelebt gelee gelege gelegt gelehrig gelehrt geleise geleit gelenk gelernt gelesen
geliebte gelind gelistet gell geloben gelockt gelt gemach gemahl gemein gemetzel gemisch genau gendarm genehm
geneigt general genervt genese genesis genetik genfer genial genick genie genitale genitiv genius genmais genom
genormt genosse genozid genre gens gent genug genuin genus genutzt geograf geologe geopark gepackt gepard geparkt
geplagt geplatzt geputzt gerade gerahmt geranie geraten geraubt geraum gerben gerber gerecht gerede gereift gereiht
gereimt gereizt gerettet gericht gerieren gering gerippe gerissen germane gern gerste gerte geruch gesamt gesandt
gesang gescheit geschenk geschirr geschont geschoss gesegnet gesehen gesell gesendet gesenkt gesetz gesicht gesims
gesinde gesittet gespann gespart gesperrt gest gesuch gesund getan getarnt getaucht getauft geteert geteilt getier
getragen getreten getreu getriebe getrost getto getue geviert gewagt gewahr gewalt gewand gewann gewebe geweckt
gewehr geweih gewellt gewerbe gewerk gewesen gewicht gewieft gewinde gewinn gewirr gewiss gewitzt gewogen gewohnt
gewollt geworfen gewusel geysir gezackt gezahlt gezapft gezeigt gezeit gezerre gezeter gezeugt gezielt geziert
gezogen ghanaer gibbon gibbs gicht giebel gier gift gigant gigolo gilde gilge ginger ginko gipfel gips giraffe girl
giro gischt gisler gitarre gitter glace glamour glanz glarner glas glatt glatze glaube gleich gleis gleiten glied
glimmen glitter glitzer global globus glocke gloria glorie glosen gloser glossar glosse glotze glucke glukose glut
glyzerin gmbh gnade gneis gnom goal gobelin gockel gode gold golem golf goliath gondel gong goodwill googeln
gordisch gorilla gospel gosse gote gotik gotisch gott gouache gourmet grab gracht grad graf gral gram gran graph
gras grat grau graveur gravur grazer grazie grazil greif greinen greis grell gremium grenze grenzort grieche gries
griff grill grimm grindel grinsen grippal grippe grips grob groll groove groovig gros grotesk grotte groupie grube
gruft grund grunge grunzen gruppe gruselig gruseln guayana gucken guest guide gulag gulasch gulden gully gummi
gunkel gunst gurgel gurke gurren gurt guru guss gusto guthaben gutperle gutshof gutteil guttun haager haar habe
habgier habhaft habicht habil habitat habitus hacke hader hades hafen hafer haff hafner haft hagel hager haha hahn
haifisch haiku hain haken hakim halb halde halfpipe hall halm halo hals halt halunke hamas hamit hammel hammer
hampeln hamster hand hanf hang hanse hantel hapern happen happig happy hardcore harde harem harfe harke harm harn
harren hart harzer harzig haschen hase hass hast hatz haube hauch haue haufe haupt haus haut havarie haxe header
hearing hebamme hebe hebung hecheln hecht heck heer hefe heft hege hehl hehr heide heikel heil heim heini heirat
heiser heister heiter heizen heizer heizung heizwert hektar hektik held helfen helfer helium hell helm hemd hemmen
hemmer hemmnis hemmung hendl hengst henken henker henne herab heraldik heran herauf heraus herb herd herein herero
hergang hergeben herholen hering herkunft hermelin hernach herodot heroe heroin heros herr hertz herum herunter
hervor herz hesse hessin hessisch hetero hetze hetzjagd heuen heuer heulen heumarkt heupelz heurig heut hexe hick
hieb hier hiesig hieven hiezu high hilfe hilflos hilfsgut himmel hinab hinauf hinaus hindern hindi hindu hinein
hingabe hingeben hingehen hinkel hinken hinserie hinsicht hinten hinter hinunter hinweg hinweis hinzu hipp hirn
hirsch hirse hirt hissen hitze hitzig hitzkopf hobart hobbit hobby hobel hoch hock hoden hofburg hofdame hoffen
hoffest hoffnung hofgut hofladen hofmaler hofmark hofnarr hofrat hofraum hoftor hoheit hohelied hohl hohn hold holen
holler holpern holprig holter holunder holz homeland hommage homo honen honig honne honorar honorig hopfen hopp
hopsen hora horchen horde horizont hormon horn horrend horror horse hort hose hospiz host hotel hotline hotspot hott
hube hubraum huch hufnagel huhn hulk human humbug hummel hummer humor humpeln humus hund hunger hungrig hunne hunt
hupe hurra hurrikan hurtig husar husch husky hussit husten huster hybrid hybris hydra hygiene hymne hymnus hype
hypnose iberer iberisch ibis icon ideal idee iden ideologe idiom idiot idol idyll igel iglu ignoranz ihnen ihrige
ikone ilias illegal image imago imam imbiss imitator imker immens immer immun impact impetus impfen impfung import
imposant impotent impuls inaktiv inch indem inder indes index indigen indigo indio indirekt indisch indiz infam
infantil infarkt infekt inferior inferno info infrage ingwer inhaber inhalt inhuman initial initiant inka inland
inline inmitten inne innig innung input insasse insekt insel inserat inside insigne insofern instabil instand
instanz insulin intakt integer integral interim intern intim intrige intro intuitiv intus inuit invalid invasiv
invasor invers investiv inzest inzucht ionisch iraker irakisch iraner iranisch irdisch ireland irgend iridium irin
irisch irmtraut irokese ironie irre irrig irrsinn irrtum irrung irrweg ische ischl islam isotop israeli item ivorer
ivorisch jacht jacke jackpot jacquet jade jagd jagen jager jaguar jahr jaja jako jalousie jammer janneck januar
japaner jargon jass jauche jaulen jause jawoll jawort jazz jeans jeck jedesmal jedoch jeep jeher jemals jemand
jenaer jenisch jenseits jerez jesuit jetlag jeton jetten jetzig jetzt jeweils jiddisch jobben jobber joch jockei
jodeln jodler joggen jogger jogging jogurt johanni johlen joint joker jolle jongleur josefin journal jovial joystick
jubel jubilar jucken juckreiz jude judo jugend jukebox juli jump jung juni junker junkie junktim juno junta jura
juris juror jurte jury juso just jute juvenil juwel kabale kabbala kabel kabine kachel kadaver kadenz kader kadett
kadi kaeser kaff kahl kaimauer kairoer kaiser kajak kakadu kakao kaktus kalauer kalb kali kalk kalorie kalt kalzium
kamel kamera kamille kamin kamm kampf kanal kandare kandidat kanne kanon kantate kante kantig kantine kanton kantor
kanu kanzel kanzlei kanzler kapelle kapern kapieren kapital kapitel kapitol kaplan kapo kappe kapsel kaputt kapuze
karaoke karat karbon karde kardinal karenz karg kariert karies karma karner karo karpfen karre karst kart karwoche
kasache kaserne kasino kaskade kasper kaspisch kassa kasse kassier kaste kasus kata kater katheter kathode kation
katze kauen kauer kauf kaugummi kaule kaum kausal kaution kauz kavalier kaviar kebab keck keep kees kegel kegler
kehle kehlkopf kehr keifen keil keim keks kelch kelle kellner kelt kelvin kennen kenner kennung kennzahl kentern
kentucky keramik kerb kerker kerl kern kerosin kerwe kerze kess ketscher kette kettler ketzer keuchen keule keusch
khan khmer kibbuz kichern kick kiebitz kiefer kieler kieme kien kies kiez kiffen kiffer killen killer kilo kilt
kimono kind kingdom kinn kino kiosk kippe kirche kirgise kirke kirmes kirnen kirsche kissen kiste kitsch kitt kitz
kiwi klaffen klage klaglos klamauk klamm klan klappe klaps klar klasse klassik klatsch klauben klaue klause klausur
klavier kleben kleber klebrig klecks klee klei klemme klempner klepper klerus klette klick klient klima klimmen
klimpern klinge klinik klinke klipp klirren kloake klobig klon klopfen klopfer klopp kloss kloster klotz klub kluft
klug klump knabe knack knall knapp knarre knast knatsch knattern knauf knebel knecht kneifen kneip knete knick knie
kniff knigge knipsen knipser knirps knistern knittel knobel knochen knolle knopf knopp knorpel knorr knospe knoten
knurren knute koala kobalt kobel koben kober kobold kobra koch koda kode kodiert koffein koffer kogel kohl kohorte
koje kojote kokain koken kokerei kokett kokon koks kolben kolibri kolik kollaps kolleg koller kollier kolonial
kolonie kolonist kolonne kolorit koloss kolumne koma kombi komet komfort komik komisch komitat komitee komma kommen
kommer kommode kommune kompakt kompanie kompass komplex komplize komplott kompost komtur kondom konfetti konflikt
konform konfus konisch konkav konklave konkret konkurs konsens konserve konsole konsorte konsul konsum kontakt
konter kontext konto kontra kontur konvent konvex konvoi konzept konzern konzert konzil kopf kopie kopilot koppel
koppen kopplung kopte koralle koran korb kord kore kork kormoran korn korona korps korpus korrekt korridor korrupt
korse korso kosak koscher kosen kosmos kost kotzen kraal krabbe krach krad kraft kragen krake kralle kram kran
krapfen krapp krass krater kratze kraul kraus kraut krawall krawatte kraxeln kreativ kreatur krebs kredit kredo
kreide kreiert kreis kreme kremig kreml krempel kremser kren kresse kretisch kreuz krick krida kriechen krieg krimi
kring kripo krippe kris kritik kritzeln kroate kroatin krokus kroll krone kropf kross krud krug krumm kruste krux
krypta kubaner kubik kubisch kubus kuchen kucken kuckuck kufe kugel kuhberg kuhle kuhmilch kuhstall kulant kulanz
kuli kullern kult kumm kumpan kumpel kunde kundig kundin kundtun kunkel kunst kupfer kupon kuppe kurator kurbad
kurbel kurde kurdin kurdisch kuren kurgast kurhaus kurhotel kurie kurios kurland kurort kurpark kurs kurtaxe kurve
kurvig kurz kuschen kusine kuss kustos kutsche kutte kuttner kuvert kyrie label laben labern labil labor lache
lachgas lachhaft lachs lack lade ladung lady laessig lage lagune lahm laib laich laie lakai lake lakritz lallen lama
lambda lamelle lamento lametta lamm lampe lampion land lang lanze lapidar lapp lapsus laptop largo larve lasch laser
lassen lasso last lasziv latein latent lateral laterne latex latino latrine latsch latte latzhose laub lauch
laudatio laude lauern lauf lauge laumann laune launig launisch laus laut lauwarm lava lavieren lawine lead leasen
leasing leben leber lebhaft leblos lebzeit lechzen leck leder ledig leer legal legat legen leger legion legitim
leguan lehen lehm lehne lehr leib leiche leichnam leicht leid leier leihen leihgabe leim leine leise leistbar leiste
leistung leitbild leite leitgeb leitidee leitung leitwerk lektion lektor lemma lemming lende lenken lenker lenkrad
lenkung lenz leopard lepra lerche lernen lernort lesart lesbar lesbe lesbisch lese lesung lette lettisch lettner
letzt leuchte leugnen leugner leumund leut level levit lexikon leykam liaison libanese libelle liberal libero libido
libyer libysch licht lido lieb lied liefern liege lien liesche lift liga light ligist ligue liieren lila lilie limes
limit limmat limo lind lineal linear linge linie link linse linzer lippe liquid lira lire lispeln list litanei
litauer lite lithium live livre lizenz lobby loben loblied lobrede loch locke lockig lockruf lodern lodz loft
logbuch loge loggia logieren logik logis logo lohen lohn loipe lokal londoner longe look looping looser lorbeer lord
lore lori lose losgehen lossagen lost losung loten lotse lotto lotus lounge lover loyal luchs luder ludothek luft
lugen luke lumen lumpen luna lunch lunge lunte lupe lupfen lupfer lupus lurch lusaka lust lutschen luxor luxus luzid
luzifer lynchen lyra lyrik lyrisch lyzeum maar maat mach macke maculan madam made madig madjar madonna madras
madrider maestro mafia mafios magazin magd mage magie magisch magister magma magnat magnet magnolie magnum mahatma
mahl mahnen mahner mahnmal mahnung mahr maibach maibaum maid maifeier maifeld maifest mail mainzer mairie mais maja
major makaber makak makel makler makro malaria malen maler malheur malkurs malochen malus malz mama mambo mami mamma
mammon mammut mampfen managen manager manchmal mandala mandant mandat mandel mandl manege manga mange mango manie
manifest manisch manitu manko mann mantel mantra manual manuell maoist maori mappe maputo marathon marder marge
maribor marille marin maritim mark marlen marmor marod marotte marquis mars marterl marxist marzipan masche maschine
maser maske maso massage massai massaker masse massig massiv mast masure matador match mate mathe matinee matrix
matrose matsch matt matura matze mauer maul maure maurisch maus maut maximal maxime maximum maya mayor meckern
medaille meder media medium medizin medley medusa meer meeting megabit megabyte megafon mehl mehr meiden meierei
meile mein meise meist melange melanom melde meldung melk melodie melodik melone melos membran memento memo menge
menhir meniskus mensa mensch mensur mental mentor menu meritum merkbar merken merker merkmal merkur merle mesched
mesmer mesner message messbar messe messias messing messung messwert meta meteor meter methadon methan methode
metier metrik metrisch metrum mett metze metzger metzler meute micke mickrig midi mieder mief miene mies miete
mietzins mieze migrant mikado mikro milano milbe milch mild milieu miliz mille million milorad milz mime mimik
mimisch mimus minarett minder mindeste mine mini minne minoisch minor mint minus minute minze mirage mirakel mirza
mischen mise miss mist mitautor mitgeben mitgift mitglied mithin mitleid mitlesen mitnahme mitreden mitsamt mittag
mitte mittig mittler mittun mittwoch mixed mixen mixer mixtur moabit mobben mobbing mobil modal mode modisch modul
modus mofa mogeln mogul mohn mohr mokieren molch mole molke moll moloch moment monarch monat mond mongole monieren
moniert monitor monnet mono monreal monster monsun montag montan monteur month montiert montur moor moos moped mops
mora morbid mord morgen morgig moritat mormone morphin morsch mortal mosaik moschee moselort mosern moskauer moskito
moslem most motel motette motion motiv moto motte motto motzen movie mucke muezzin muff mufti mulde mull mulmig
multi mumie mumm mumps mund mungo munition munkeln munter murau mure murmel murren muschel muse musica musik musisch
muskat muskel muslim muss mustang muster mutant muten mutiert mutig mutlos mutprobe mutter mutti mystik mythe mythos
nabe nach nacken nackt nadel nadler nagel nagen nager nahe nahost nahrhaft nahrung naht naiv name namhaft nanu
napalm napf narbe narkose narr narziss nasal naschen nase nashorn nass nation nativ natrium natter natur nebel neben
neblig nebst necken need neffe negativ negieren nehmen nehmer neid neige neigung nein nekrolog nektar nelke nemesis
nennen nenner nenngeld nennung neon neptun nerv nerz nessel nest nett network netz neubau neudeck neudruck neue
neugier neuheit neujahr neukauf neuland neulich neuling neumond neun neureich neuron neurose neutral neutrino
neutron neutrum neuwagen neuwahl neuwerk neuzeit news nice nicht nickel nicken nicki nicol nieder niedrig niemals
niemand niere nieseln niesen niet nigger nikotin nilpferd nimbus nimmer nippen nippes nirgends nirwana nische nisse
nisten nister nitrat niveau nixe nobel nobody noch nocturne noir nomade nomen nominal none nonne nonsens nonstop
nord noricum norm notar notation notdurft note notfall nothing notiert notiz notlage notruf notwehr notzeit nous
nova novelle novize novum nuance nudel nugget nuklear null numerus nummer nunmehr nuntius nurmehr nuscheln nuss
nutzbar nutzen nutzer nutzlast nutzlos nutztier nutzung nylon nymphe oase obdach obelisk oben ober obfrau obhut obig
objekt oblast oblate obleute obligat obmann oboe oboist obolus obrist obschon obsessiv obskur obsolet obst obus
obwohl ochs ocker odeon oder odyssee oeldorf oertel oeuvre ofen offen offert office offizier offline oftmalig
oftmals ogtum oheim ohmsch ohne ohrring ohrwurm okay oker okkult oktave oktett oktober oldie oleander oliv olymp
omega omen omnibus onkel online opal open oper opfer opiat opium opponent optik optimal optimist optimum option
optisch opulent opulenz opus orakel oral orange oranier orbit orden order ordnen ordner ordnung ordre organ orgel
orgie orient original orion orkan orlean orten orthodox ortsamt ortsbild ortschef ortskern ortslage ortsnah ortsrat
ortsring ortung osloer osmane ossi ostbahn osten osterei ostern ostertag ostfront osthafen ostkreuz ostland ostler
ostliga ostrand ostseite ostteil ostufer ostwand ostwind ostzone otter outback outdoor outen outfit outing outlaw
outlet outlook output outside oval ovation overall ovum oxid ozean ozon paar pace pacht pack paddel paddler padre
paella paffen page pagode pain pair paket pakt palais palas palaver palazzo palette pali pallas palme pampa panda
panel panik panisch panne pantani panter panzer papa paper papi pappe paprika papst papua papyrus parabel parade
paradox paragraf parallel paranoia paranoid parasit parat parcours pardon paria pariert pariser park parodie parole
paroli part pascal pascha pass pasta paste pastor patch pate pathos patient patin patriot patron patsche patt patzen
patzer pauke pauschal pause pavian pazifist peak peanuts pech pedal pegasus pegel peilen pein pekinger pelikan pelle
peloton pelz penalty pence pendant pendel pendler penibel penis pennen penner pension pensum pentagon peppen peppig
peptid perfekt perfid pergola periode perl perplex perret perron perser perseus persisch person pervers pesen peseta
peso pest petit petter petto petze pfad pfaffe pfahl pfand pfanne pfarre pfau pfeffer pfeife pfeil pfennig pferd
pfiff pfirsich pflanze pflaster pflaume pflege pflicht pflock pflug pforte pfosten pfote pfui pfund pfusch phaeton
phalanx phantom pharao phase phenol phobie phon phosphor phrase physik physis pianist piano piazza pichler pick
piece piep pier pieta pigment pikant pike pikiert pikkolo pilar pilger pilgrim pille pilot pils pilz pinguin pinie
pink pinsel pint pinzette pionier pipa pipe piranha pirat pirsch pissoir piste pistol piston pitbull pitcher pixel
pizza placebo plafond plage plagge plagiat plakat plakette plan plasma plastik platane plateau platin platt platz
plausch playboy player playoff plazet pleite plenum plinius plot plump plunder plural plus pneu pochen pocke podest
podium poem poesie poet pogrom point poitiers pokal poker polar polder pole police polier polin polio politik
politur polizei polizist polka pollack pollen poller polnisch polo polster poltern polyfon polygon polymer polynom
polyp pomadig pommer pommes pomp pontius ponton pony pool popband popcorn pope popmusik poppen popper poppig popsong
popstar pore porno port posaune posche pose posieren posiert positiv posse post potent potenz pott power pracht
prager prahlen praktik praline prall prangen pranger pranke praxis predigen predigt preien preis prellen prelude
premier premium preschen presse pressure prestige presto preview prickeln priel prim print prinz prior prise prisma
privat prix proband probat probe problem produkt profan profi profund progress projekt prolet proll prolog promi
promoten prompt proper prophet proporz propst prosa prosit prospekt prost protein protest proton prototyp protz
provinz prozent prozess prunk prusten psalm psyche publik puck pudding pudel puder puff pulk pulle pulli pulp puls
pult pulver puma pumpe pumpgun pumps punch punk punsch pupille puppe purist purpur purzeln puschen push puste pute
putsch putte putz puzzle pyjama pylon pyramide python quader quadrat quai quaken qual quantum quark quart quarz
quasi quatsch quattro quechua queen quell quengeln quer quick quieken quinta quinte quirlig quitte quittung quiz
quorum quote rabat rabauke rabbi rabe rabiat rache rack radar radau radball rade radfeld radial radikal radio radius
radl radon radsport radtour radweg raffen rafter rafting rage ragtime rahm rahn raid raison rake rally rambo rammen
rammler rampe ramsch ranch rand ranft rang rank ranzen ranzig rapid rapp raps rapunzel rasant rasanz rasch rasen
raser rasieren rasiert rasse rassig rassist rast rate rathaus rating ratio ratlos ratsam ratsfrau ratsherr ratte
ratz raub rauch raue rauf raum raunen raunzen raupe raus raute rave rayon razzia reader reaktion reaktiv reaktor
real rebberg rebe rebhuhn reblaus rebound rebstock rechen rechnen rechner recht reck redaktor rede redlich redner
reduit reede reell referat referee referent reflex reform refrain regal regatta rege reggae regie regime region
register regler reglos regnen regress regular regung reha rehbein rehbock rehkitz rehling rehwild reibe reibung
reich reif reigen reih reim rein reis reiten reiter reitklub reiz rekeln reklame rekord rekrut rektor rekurs relais
relation relativ relaxen release relief religion relikt reling remake remis remixen rempeln rendite renitent
rennbahn rennen renner rennrad renntag rentabel rente rentier rentner replik report reprint reprise repro reptil
republik requiem requisit resch research reservat reserve residenz resolut resonanz resort respekt ressort rest
retorte retour retro retten retter rettich rettung return retusche reue reuig reunion reuten reverenz revers revier
review revision revisor revival revolte revue rezent rezept rhema rheuma rhizom rhodos rhythmik rhythmus richten
richter richtig richtung riechen riecher ried riege riemen riese riesig riff rigid rigoros rikscha rille rind ring
rinne rinnsal rippe rise risiko riskant risotto riss rist ritt ritual rituell ritus ritz rivale rivalin river
roadster robbe robe robinie robodoc roboter robotik robust rochade rochen rock rodel roden rodeo rodler rodung
roggen rogner rohbau rohheit rohkost rohleder rohling rohr rohstoff rokoko rollator rollbahn rolle rollfeld rolli
rollo roman rome rondell rondo rosa rose rosig rosine ross rost rotarier rotary rotation rotbuch rotjacke rotkohl
rotlicht rotor rotte rotton rotunde rotwein rotwild rotz rouen rouge roulade roulett route routine rowdy royal
ruander rubel rubin rubrik ruch ruck rudel ruder rufen rufer rufmord rufname rugby ruhe ruhig ruhm ruin rumba rummel
rumoren rumpel rumpf rund rune runge runs runter runzeln rupfen rupie ruppig rural rusch russe russia russin
russisch russland rustikal rute rutsch rutte saal saat saba sabbat sache sachlage sachlich sachse sacht sack sadist
safari safe safran saft saga sage sahne saison saite sake sakko sakral sakrileg salami salat salbe saldo saline salm
salon saloon salopp salsa salto salut salve salz samba same sammeln sammler sammlung sampeln sample samstag samt
samurai sanctus sand sanft sang saniert sanktion santa saphir sardine sarg sari sasse satan satin satire satt saturn
satz sauber saudi sauen sauer saufen saugen saum sauna saurier saus savanne saxofon scala scannen scanner scene
schabe schach schade schaf schah schakal schal scham schande schank schanze schar schassen schatz schau scheck
scheel scheffel scheibe scheich scheide schein scheit schelle schelm schelte schema schemel schen schepp scherbe
schere scherge scherhag scherz scheu schicht schick schief schiene schier schiff schiit schild schilf schimpf
schindel schinken schippe schiri schirm schisma schlacht schlaf schlag schlamm schlange schlank schlapp schlau
schleck schlegel schleier schleim schlemm schlick schliff schlimm schlinge schlips schlitz schloss schlot schlucht
schluck schlumpf schlund schlupf schluss schmach schmal schmatz schmaus schmelz schmerz schminke schmoren schmuck
schmusen schmutz schnabel schnack schnaps schnatz schnauze schnecke schnee schneid schnell schnitt schnuppe schnur
schober schock schoko schola scholle schon schopf schote schott schrank schranz schraube schreck schrei schrift
schrill schrimp schritt schroff schrot schub schufa schuft schuh schulamt schulbus schuld schule schulter schultyp
schulung schund schupp schur schuss schutt schutz schwabe schwach schwager schwall schwamm schwan schwarm schwarz
schwatz schwebe schwede schweif schwein schwelen schwelle schwenk schwer schwinge schwitze schwul schwund schwung
schwupp schwur schwyzer score scout screen script scrollen seal sechs sechzig section seeadler seebad seeburg
seegang seehund seekarte seekatz seele seelig seemann seenland seenot seerose seestern seeufer seewald seeweg
seewolf segel segen segler segment segnen segnung sehen seher sehne sehr sehtest seicht seide seidig seiend seife
seil sein seit sejm sekret sekt sekunde selber selbig selbst selen selig selten seltsam seminar semmel senat send
senf sengen senil senior senke senkung senn sense sensibel sensor sentenz separat sept sequenz serail serbe serbin
serie serum server service servus sesam sessel sesshaft session setting setzen setzer setzung seuche seufzen seufzer
sexismus sexshop sexszene sextett sexual sexuell sexy sezieren shaker shampoo shanty sharen sharing sheriff sherpa
sherry shirt shit shop shorts shorty show shuttle sich sicken sickern sieb siech siedeln sieden siedler siedlung
sieg sierra siesta siezen sigel sigma signal signatur signet signor signum sikh silbe silbrig silikon silo sima
simmer simpel simplex sims sinfonie singen single sinken sinn sinologe sintflut sinto sinus sioux sippe sirene
sirius sirup sitcom site sitte sittich sitz skala skalpell skandal skat skelett skepsis sketsch skiflug skiklub
skikurs skilauf skilift skin skiort skipass skipper skischuh skisport skistar skitag skitour skizze sklave sklavin
skript skrupel skulptur skurril skye skyline skythe slalom slang slawe slip slogan slot slowake slowene slum smaragd
smart smog smoken smoking snack snob soap sobald soccer society socke soda sode sodom soeben sofa sofern sofort soft
sogar sohle sohn sohr soiree soja solang solanum solar sold sole soli soll solo solvent soma somit sommer sonar
sonate sonde sone song sonne sonnig sonntag sonor sonst sooft sopran sorbe sorge sorgfalt sorglos sorgsam sorte
sosehr soul sound source soviel sowas soweit sowenig sowie sowjet sowohl sozi spagat spagetti spalier spalt spam
span sparbuch sparen sparer spargel spark sparplan sparren sparsam sparte sparziel sparzins spaten spatz spaziert
specht special species speck speech speed speer speiche speien speis spektrum spende sperber sperma sperre sperrig
spesen spezi sphinx spicken spider spiegel spiel spike spin spion spirale spirit spital spitz spleen split spoiler
sponsor spontan spor spot sprache spray spreizen spreu spring sprint sprit spross spruch sprudel sprung spucke spuk
spule spur sputen sputnik squash staat stab stachel stack stadel stadion stadium stadt staffel stag stahl stakkato
stall stamm stand stange stanzen stapel stapfen star statik station statisch statist stativ statt statue statur
status statut stau steak stechen stecher stecken stecker steg stehen steher stehlen steif steig steil stein steirer
stele stelle stelze stemmen stempel stepp sterben stereo steril sterling stern steroid stet steuer steurer steward
stich sticken sticker stickig stieben stieber stiefel stiege stiel stier stift stigma stil stimme stimmig stinken
stirn stocher stock stoff stoiker stoisch stola stolle stolz stop storch store stork story stotz strack strafe
straff straflos strahl stramm strand strang strapaze straps strauch strebe strecke streich streife streik streit
streng stress streu strich strick strike strikt string strip strittig strobel stroh strolch strom strong strophe
strub strudel struktur strumpf strunk struppig struse stubben stube stuck student studie studio studium stufe stuhl
stulle stumm stumpf stunde stundung stunt stupa stupend stupid stur stute stutzen stutzig stylen styling styropor
subjekt substrat subtext subtil subtyp subway suche suchhund sucht sudhaus suff sufi suhlen suite suizid sujet
sulfat sultan summa summe summiert sumo sumpf sund sunnit supen super suppe support sure surfen surfer surreal
surren sushi suspekt swap sweet swing symbol symptom synapse syndikat syndrom synergie synodal synode synonym syntax
syrer syrisch system szenario szene tabak tabelle tableau tablett tabu tacho tadel tafel taff taft tagaktiv tagaus
tagblatt tagebau tagein tagen taggeld tags tagung tagwerk taifun taiga taille take takt talar talboden talent taler
talfahrt taliban talisman talk tallage talmud talseite tambour tamil tamtam tand tang tank tanne tante tanz tapa
tape tapfer tappen tappert tapsig tara target tarif tarnen tarnung tarzan tasche task tasse taste tastsinn tatar
tatenlos tatort tattag tattoo tatze taub tauchen taucher tauen tauer taufe taufpate taugen tauglich taumel taurus
tausch tausend taverne taxe taxi taxler taxon team technik techno teddy teehaus teelicht teen teer teestube tegel
teich teig teil teint tele teller tempel templer tempo tempus tendenz tender tenn tenor teppich tequila term terra
terribel terrier terror terz tesla test tetanus tetra teuer teufe teutone texaner text theater theiss theke thema
theorem theorie thermal therme thermik these thesis thing thon thora thron thuner thuram thymian tibeter tick tide
tiebreak tief tiepolo tier tifosi tifoso tiger tilde tilgen tilgung timbre timen timing tingeln tinktur tinnitus
tinte tion tipi tipp tirade tiroler tisch titan titel toast tobak tobel toben tochter todernst todestag todfeind
todkrank tofu toilette tokkata toll tomate tombola tomus tonal tonart tonband tonfall tonfilm tonhalle tonlage
tonlos tonnage tonne tonspur tool topf topklub topmodel topos topp topspin topstar topteam torecke torero torf
torhaus torheit torino torjubel torkeln torleute torlinie torlos tormann tornado torpedo torraub torso torte tortur
torwand torwart tory tosen total tote totholz toto totsagen touch tour tower toxin toxisch trab tracht track
tradiert trading trafik trafo tragbar trage tragik tragisch tragwerk tragzeit trailer train trakt tram tran trapez
trapp trasse tratsch traube trauen trauer traufe traum traun traurig traut trauung treck treff treiben treiber
tremolo trend trennen treppe tresen tresor tretboot treten treter treu triade trias tribun tribus tribut trichter
trick trieb triefen trierer triftig trigger trigon trikot triller trilogie trimmen trinken trinker trio trip trist
tritium triton tritt triumph trivial trocken trog troika trojaner troll trommel tropen tropf tropus tross trost
trott trotz trouble trubel truck trudeln trug truhe trumm trumpf trunk trupp trust trutzig tscheche tsunami tuareg
tuba tube tuch tuckern tuff tugend tulpe tumb tummeln tumor tumult tundra tunen tuner tunesier tunika tuning tunken
tunlich tunnel tunte tupfen tupfer turban turbine turbo turf turiner turm turn turteln tusch tutor tutti tweed twen
twist twitter tycoon type typhus typisch typus tyrann ufer uhrmann uhrturm uhrwerk uhrzeit ukulele ulan ulken ulkig
ulme ulster ultima ultimo ultra umarmen umarmt umarmung umbau umbruch umbuchen umfang umfassen umfeld umfrage umgang
umgarnen umgebaut umgeben umgegend umgehen umgehung umhang umhauen umher umhin umjubelt umkehr umkreis umladen
umlage umland umlauf umlaut umlegen umrahmt umriss umsatz umschau umschlag umsehen umsicht umso umstand umstieg
umsturz umtaufen umtausch umtrieb umtrunk umweg umwehen umwelt umwidmen umworben umzug unart unbelebt unbelegt
unbequem unbewegt unbill uncool underdog undicht undine unding uneben unecht uneinig uneins uneitel unfair unfall
unfein unfrei unfriede unfug ungar ungeahnt ungeist ungenau ungerad ungern ungnade ungunst ungut unheil unhold
unicode uniform unikat unikum union unisono unit univers unke unklar unklug unkraut unlauter unlust unmenge unmodern
unmut unrat unrecht unreif unrein unruh unsanft unscharf unschuld unselig unser unsicher unsinn unsitte unsrige
unstet unsumme untat unten unter untiefe untot untreu unwahr unweit unwesen unwille unwirsch unwissen unwohl unwort
unzahl unze unzucht update upgrade uralt uran urban urbar urbild ureigen urenkel urform urheber urig urin urknall
urkunde urlaub urne urologe urologie uroma ursache urteil urvater urwahl urwald urzeit usbeke user usus utensil
utility utopia utopie utopisch vage vagina vakant vakanz vakuum valid value valuta vamp vandale vanille variant
varianz varus vasall vase vater vati vegan vehement vehemenz vehikel veiel veilchen vektor velde velo velvet vene
ventil venus veraltet veranda verarmen verarmt verb verdacht verdankt verdeck verderb verdikt verdreht verdruss
veredeln verehrt verein vereist verengt vererben vererbt verewigt verfall verfasst verfemt vergabe vergasen vergeben
vergilbt verhauen verheben verirrt verkappt verkauf verkehr verkohlt verlag verlass verlaub verlauf verleben verlebt
verlegt verleih verlies verlobt verloren verlosen verlust vermacht vermerk vermint vermuten vermutet verpatzt
verputz verquer verrat verriss verrucht verruf vers vertagen vertagt vertan vertont vertrag vertraut vertun verve
verweben verweis verwesen verwest verwoben verzagt verzehr verzinst verzogen verzug vespa vesper veste vesuv veteran
veto vettel vetter viadukt vibrato vickers video viech vieh viel vier vignette vikar villa vinothek vinyl violett
violine viper viral virtuos virus viscount visier vision visite vista visuell visum vita vitrine vivace vize vlies
voce vogel vogesen vogt vogue vokabel vokal voliere volk voll volt volum vorab voralpen voran voraus vorband vorbau
vorbei vorbeter vorbild vorbote vorburg vordach vordem vorerst vorfahr vorfall vorfeld vorgabe vorgang vorgriff
vorhaben vorhalle vorhalt vorhand vorhang vorher vorhin vorhof vorhut vorig vorjahr vorkampf vorladen vorlage
vorland vorlauf vorlaut vorleben vorlieb vorm vorn vorort vorplatz vorrang vorrat vorraum vorrecht vorrede vors
vortag vorteil vortrag vorwagen vorwahl vorwand vorweg vorwerk vorwort vorwurf vorzeit vorzug votant votiert votum
voyeur vulgo vulkan waage wabe wach wackeln wacker wacklig wade wadi wafer waffe wagemut wagen waggon wagnis wagrain
wagram wahl wahn wahr waise wake wald walfang waliser walke walking walkman wallach wallen waller wallone wallung
walnuss walten walz wams wand wange wank wann wanze wappen wappnen ware warlord warm warnen warner warnung warp wart
warum warze waschen wasser waten watt webb webcam weben weber weblink weblog website wechsel weck wedeln weder
weekend wegebau wegen wegerle wegern wegfall weggang wegkreuz weglegen wegrand wegzug wehe wehmut wehr wehtun weib
weich weide weidling weidmann weigern weihe weil weimarer wein weise weisung weit weizen welfe welfisch welk welle
wellig wellness welpe wels welt wende wendig wendung wenig wenn werben werber werbung werden werfen werfer werft
werk wert werwolf wesen weshalb wespe wessi west wett wetzen whig whiskey whisky wicher wichser wicht wicke widder
wider widmen widmung widrig wieder wiege wiehern wiener wiese wiesheu wiesn wieso wieviel wieweit wiewohl wiking
wild wilken wille willig wimmeln wimmern wimpel wimper wind wingert wink winseln winter winzer winzig wipfel wippe
wirbel wirken wirksam wirkung wirr wirt wisch wisent wismut wispern wissen wisser witschen wittern witwe witz wobei
woche wodka wodurch woge woher wohin wohl wohnbau wohnen wohngeld wohnlich wohnort wohnraum wohnsitz wohnung
wohnwert wohnzone wolf wolke wolkig wolle wollig wollust womit wonach wonne woran worauf woraus worin workshop
wormser wort worum worunter wotan wovon wovor wozu wrack wucher wuchs wucht wummern wund wunsch wupper wurf wurm
wurscht wurst wurz wuselig wuseln wust wyss xenon xylofon yakin yankee yard yeti yoga yogi ypsilon yucca yuppie zach
zack zaghaft zahl zahm zahn zairisch zander zange zank zapatist zapf zappeln zappen zarin zart zauber zauderer
zaudern zaum zaun zebra zeche zechner zecke zeder zehe zehn zehren zeichen zeichnen zeichner zeigen zeiger zeihen
zeile zeit zelle zelt zement zenit zensor zensur zensus zentner zentral zentrum zepter zerbe zerbombt zerfall
zerfetzt zerlegt zerreden zerren zerrung zerzaust zeta zetern zettel zeug zicke zickig zickzack ziege ziehen zieher
ziehsohn ziehung ziel ziemen ziemer ziemlich zier ziffer zigarre zille zimmer zimt zingler zink zinn zins zionist
zipfel zirka zirkel zirkus zirpen zischen zitat zither zitieren zitrone zittern zittrig zivi zloty zobel zocken
zocker zofe zoll zombie zone zoologe zoologie zoom zopf zorn zubau zuber zubrot zucchini zucht zucken zucker zuckung
zudecken zudem zudrehen zuerst zufahren zufahrt zufall zufluss zufolge zufuhr zugabe zugang zugeben zugegen zugehen
zuger zugesagt zugetan zugewinn zugfahrt zugig zugluft zugpaar zugriff zugrunde zugute zugweg zugzwang zuhanden
zuhauf zuhause zujubeln zukauf zukehren zukommen zukunft zulage zulassen zulasten zulauf zulegen zuleiten zuletzt
zuliebe zulosen zulu zumachen zumal zumeist zumutbar zumute zumutung zunahme zunder zunehmen zunft zunge zunichte
zunutze zuordnen zupacken zupfen zurecht zureden zurollen zuruf zurzeit zusage zusammen zusatz zuschlag zuschuss
zusehen zuseher zusenden zuspiel zustand zustrom zustupf zutage zutat zuteil zutragen zutrauen zutritt zutun zuviel
zuvor zuwachs zuwege zuweisen zuwenig zuwerfen zuwider zuzug zwang zwanzig zwar zweck zwei zwerg zwickel zwicken
zwicker zwiebel zwilling zwingen zwinger zwingli zwirn zwischen zwist zwitter zwittrig zyklon zyklus zyniker zynisch
zyprer zypriot zyste
`
  .trim()
  .split(/\s+/)
