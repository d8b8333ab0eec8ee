"""Words that French people put into passwords, commonest first: what a guesser who speaks French tries.

Without accents, lower case. Ours, not taken from a leak: common words, months, days, first names, towns and regions,
football clubs, pets, and walks on an AZERTY keyboard.
"""

_COURANTS = """
motdepasse azerty azertyuiop soleil bonjour chouchou loulou doudou doudoune coucou amour jetaime mamour cheri cherie
secret bienvenue france paris marseille moncoeur coeur princesse bebe maman papa mamie papi famille maison vacances
chocolat nounours toutou minou chaton chat chien lapin poussin coccinelle papillon dauphin tigre lion licorne panda
football rugby velo piscine plage montagne neige etoile lune ciel mer ocean foret fleur rose tulipe jardin printemps
automne hiver liberte egalite fraternite bonheur joie paix merci super genial magique musique guitare piano danse
cinema theatre livre ecole college lycee voiture moto camion bateau avion train argent travail bureau ordinateur
internet telephone portable clavier souris ecran passe connexion adherent mutuelle sante remboursement medecin docteur
hopital pharmacie ameli secu securite sociale assurance banque carte compte espace client personnel decompte releve
fromage camembert baguette croissant cafe gateau bonbon fraise cerise banane pomme orange citron noisette caramel
vanille biscuit crepe galette raclette fondue champagne pastis bordeaux bourgogne whisky biere azer qsdf wxcv cheval
poney licorne dragon ange demon diable vampire sorciere fantome pirate chevalier roi reine prince empereur jedi
matrix pokemon naruto mario zelda sonic asterix obelix tintin milou spirou gaston schtroumpf babar barbapapa lapinou
chipie canaille coquine titi loulou nana fifi riri kiki lili lulu mimi nini titou toto tata tonton pepe meme grandpere
grandmere frere soeur enfant garcon fille homme femme amoureux amitie copain copine toujours jamais demain
aujourdhui hier matin soir nuit jour minuit heureux heureuse gentil gentille petit petite grand grande beau belle joli
jolie rouge bleu vert jaune noir blanc rose violet orange marron gris argente dore arcenciel trotinette
cheval parapluie tournesol marguerite coquelicot lavande muguet violette jonquille pensee olivier chene sapin platane
"""
_MOIS_JOURS = """
janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre lundi mardi mercredi jeudi vendredi
samedi dimanche noel paques toussaint pentecote anniversaire halloween carnaval
"""
_PRENOMS = """
marie jean pierre michel andre philippe louis nicolas bernard alain daniel patrick jacques francois laurent sebastien
christophe stephane david frederic eric julien thierry olivier gerard antoine thomas alexandre pascal claude guillaume
vincent christian maxime kevin romain mathieu matthieu jerome dominique anthony benjamin lucas hugo theo enzo leo
gabriel raphael arthur jules adam nathan paul mathis noah ethan liam sacha tom clement quentin florian valentin alexis
bastien adrien dylan jordan steven cedric fabrice fabien ludovic gregory damien arnaud sylvain yves serge rene roger
marcel raymond robert henri georges maurice lucien joseph emile gilbert guy didier bruno denis franck gilles herve joel
jeanne francoise monique catherine nathalie isabelle jacqueline sylvie anne martine nicole sophie veronique christine
valerie sandrine celine stephanie caroline aurelie emilie julie camille laura sarah lea manon chloe emma lucie clara
ines jade louise alice lola zoe juliette lina anna rose ambre mila charlotte margaux mathilde pauline marine melanie
elodie virginie delphine karine laetitia severine audrey vanessa jessica amandine morgane oceane anais justine elise
helene brigitte chantal danielle michele annie denise yvonne simone madeleine suzanne paulette ginette josette odette
simone colette lucienne germaine fatima mohamed karim rachid samira nadia yasmine amine mehdi ibrahim fatou aicha ada
"""
_LIEUX = """
paris marseille lyon toulouse nice nantes montpellier strasbourg bordeaux lille rennes reims toulon saintetienne lehavre
grenoble dijon angers nimes villeurbanne clermont aixenprovence brest limoges tours amiens perpignan metz besancon
orleans rouen mulhouse caen nancy argenteuil montreuil roubaix tourcoing avignon dunkerque poitiers versailles creteil
pau calais cannes antibes ajaccio bastia larochelle saintmalo quimper lorient vannes bayonne biarritz chambery annecy
bretagne normandie alsace lorraine corse provence picardie auvergne bourgogne savoie vendee gascogne occitanie
guadeloupe martinique reunion guyane mayotte tahiti algerie maroc tunisie portugal espagne italie belgique suisse
"""
_CLUBS = """
om psg ol asse losc rcl rcsa fcnantes girondins allezlom allezlesbleus allezpsg parissaintgermain olympique marseillais
olympiquelyonnais saintetienne asmonaco stadefrancais stadetoulousain racing metz rennais lens lensois lorient guingamp
auxerre sochaux zidane mbappe griezmann giroud pogba benzema platini cantona henry ronaldo messi neymar lesbleus
"""
_TOUCHES = """
azerty azertyuiop azertyuiopqsdfghjklm azertyuiopqsdfghjklmwxcvbn qsdfgh qsdfghjklm wxcvbn wxcvbn, aqwzsx edcrfv
tgbyhn aqwzsxedc poiuytreza mlkjhgfdsq nbvcxw ytreza aze qsd wxc azeqsd azeqsdwxc azerty123 azerty1234 1234azer
aqwxsz zaqxsw aqw1 az12 a1z2e3 a1z2e3r4 a1z2e3r4t5 1a2z3e 1a2z3e4r 1a2z3e4r5t &e"'(-e_ca
"""

MOTS: tuple[str, ...] = tuple(
    dict.fromkeys(" ".join((_TOUCHES, _COURANTS, _MOIS_JOURS, _PRENOMS, _LIEUX, _CLUBS)).split())
)
"""Each once; its place is its rank."""
