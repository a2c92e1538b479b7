from django.db import migrations

#: An event names a posting, whose account, role and union it then bears; or none, and then it
#: belongs to no union.
BEAR = """
    CREATE FUNCTION unions_event_is_of_posting() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    BEGIN
        IF NEW.staff_id IS NULL THEN
            IF NEW.chain <> 'system' OR NEW.role <> '' OR NEW.union_path <> '' THEN
                RAISE EXCEPTION 'event without a posting' USING ERRCODE = '23R13';
            END IF;
            IF NEW.actor_id IS NOT NULL
                AND NOT EXISTS (SELECT FROM unions_user WHERE id = NEW.actor_id) THEN
                RAISE EXCEPTION 'event of nobody' USING ERRCODE = '23R13';
            END IF;
        ELSIF NOT EXISTS (
            SELECT FROM unions_staff s JOIN unions_union u ON u.id = s.union_id
            WHERE s.id = NEW.staff_id AND s.user_id = NEW.actor_id AND s.role = NEW.role
              AND u.code = NEW.chain AND right(NEW.union_path, length(u.code) + 1) = u.code || '/'
        ) THEN
            RAISE EXCEPTION 'event of another posting' USING ERRCODE = '23R13';
        END IF;
        RETURN NEW;
    END;
    $$;
    REVOKE ALL ON FUNCTION unions_event_is_of_posting() FROM PUBLIC;
    CREATE TRIGGER unions_event_is_of_posting BEFORE INSERT ON audit_event
        FOR EACH ROW EXECUTE FUNCTION unions_event_is_of_posting();
"""
FORGET = """
    DROP TRIGGER unions_event_is_of_posting ON audit_event;
    DROP FUNCTION unions_event_is_of_posting();
"""


class Migration(migrations.Migration):
    """The log lies below this app and knows no postings; the database knows both."""

    dependencies = [("unions", "0007_rights_by_column"), ("audit", "0005_chains_of_unions")]

    operations = [migrations.RunSQL(BEAR, FORGET)]
