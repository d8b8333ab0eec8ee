-- name: hold_rows
-- Before the snapshot is taken, which this statement does not do: a rebuild must not swap the tables in between.
LOCK TABLE read_decompte, read_annulation, read_adherent, read_recours IN ACCESS SHARE MODE;

-- name: sort_rows
-- Read rows lie about in the order of their positions, but no index says so: as much of the sort as may be is in memory.
SET LOCAL work_mem = '64MB';

-- name: tracking
SELECT application_name, notification_id FROM notification_tracking ORDER BY application_name;

-- name: set_aside
SELECT projection, position, topic, erreur FROM evenement_ecarte ORDER BY projection, position;

-- name: migrations
SELECT name, digest FROM migration ORDER BY name;
