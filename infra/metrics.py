"""What Prometheus reads at `/metrics`."""

from prometheus_client import Counter, Gauge, Histogram

MESSAGES = Counter("decompte_messages", "Messages taken in, by what became of them.", ["statut"])
PROJECTION_POSITION = Gauge("decompte_projection_position", "Last event projected.", ["projection"])
PROJECTION_BUCKETS = Gauge("decompte_projection_seaux", "Member buckets that this process projects.", ["projection"])
PROJECTED_EVENTS = Counter("decompte_projection_evenements", "Events projected.", ["projection"])
POISONED_EVENTS = Counter("decompte_projection_ecartes", "Events set aside.", ["projection"])
DOCUMENTS = Counter("decompte_documents", "Reads of finished documents, by whether there was one.", ["issue"])
MAILS = Counter("decompte_courriels", "Mails handed over, by what became of them.", ["issue"])
KAFKA_REJETS = Counter("decompte_kafka_rejets", "Refused messages announced on decompte.rejets by this process.")
KAFKA_PUBLISHED = Counter("decompte_kafka_publies", "Events published to decompte.journal by this process.")
REQUESTS = Histogram("decompte_http_secondes", "HTTP requests, by route template.", ["methode", "route", "statut"])
SEALED_SIZE = Gauge("decompte_preuve_taille", "Entries sealed in a proof log.", ["journal"])
PROOF_FAULTS = Counter("decompte_preuve_fautes", "Times that a proof log was found altered.", ["journal"])
WITNESSED = Counter("decompte_preuve_temoins", "Answers of witnesses, by what became of them.", ["journal", "issue"])
