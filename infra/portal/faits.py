"""What a page says was done, after a form led to it: by a short code in its address, never by words from there."""

FAITS = {
    "deconnecte": "Vous êtes déconnecté.",
    "deconnecte-partout": "Vous êtes déconnecté de tous vos appareils.",
    "debloque": "Votre accès est débloqué. Connectez-vous.",
    "mot-de-passe": "Votre mot de passe est changé. Vos autres appareils sont déconnectés.",
    "session-fermee": "Cet appareil est déconnecté.",
    "cle-ajoutee": "Votre clé d’accès est ajoutée.",
    "cle-retiree": "La clé d’accès est retirée.",
    "notifications": "Vos choix de notification sont enregistrés.",
    "demat-oui": "Vous recevez désormais vos relevés en ligne seulement.",
    "demat-non": "Vous recevez de nouveau vos relevés sur papier.",
    "partage-oui": "Le titulaire du contrat voit désormais le détail de vos soins.",
    "partage-non": "Le titulaire du contrat ne voit plus que les montants de vos soins.",
    "declare": "Votre déclaration est enregistrée.",
    "facteur-retire": "L’ancien code de sécurité est retiré. Mettez-en un nouveau en place.",
}
