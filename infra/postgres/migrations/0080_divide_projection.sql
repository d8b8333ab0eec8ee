-- The projection in parts: a part is a set of member buckets that have been read equally far, named by their digits.
-- What there is goes on as one part of all buckets, from where it was.
UPDATE notification_tracking
   SET application_name = 'dossiers/0123456789abcdef'
 WHERE application_name = 'dossiers';

INSERT INTO notification_tracking (application_name, notification_id)
VALUES ('dossiers/0123456789abcdef', 0)
ON CONFLICT (application_name) DO NOTHING;

-- How far each bucket has been read.
CREATE VIEW projection_bucket (bucket, position) AS
SELECT bucket, t.notification_id
  FROM notification_tracking t
 CROSS JOIN LATERAL regexp_split_to_table(substr(t.application_name, 10), '') AS bucket
 WHERE starts_with(t.application_name, 'dossiers/');

-- How far the projection has read: the smallest over all buckets. It has read nothing while one of them is missing.
CREATE VIEW projection_position (position) AS
SELECT CASE WHEN sum(length(application_name) - 9) = 16 THEN min(notification_id) ELSE 0 END
  FROM notification_tracking
 WHERE starts_with(application_name, 'dossiers/');
