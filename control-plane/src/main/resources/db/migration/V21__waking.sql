-- Waking desktops over the network, and telling their users before they are stopped. Nodes of the version before write and
-- read nothing of this.

-- What the agent can do, as its last hello said.
ALTER TABLE desktops ADD COLUMN abilities text[] NOT NULL DEFAULT '{}';

-- The network cards of a desktop and where they were last, also while it is off. Only networks that have a broadcast.
CREATE TABLE desktop_networks (
    desktop_id uuid NOT NULL,
    mac        text NOT NULL CHECK (mac ~ '^[0-9a-f]{2}(:[0-9a-f]{2}){5}$'),
    address    inet NOT NULL CHECK (family(address) = 4 AND masklen(address) BETWEEN 8 AND 30),
    network    cidr NOT NULL GENERATED ALWAYS AS (network(address)) STORED,
    PRIMARY KEY (desktop_id, mac, address)
);
CREATE INDEX desktop_networks_of_network ON desktop_networks (network);

-- What is known of desktops from before. Their agents did not say how wide their networks are: nothing wide, then.
INSERT INTO desktop_networks (desktop_id, mac, address)
SELECT d.id, i.card ->> 'mac', set_masklen((a.ip)::inet, 24)
FROM desktops d
    CROSS JOIN LATERAL jsonb_array_elements(
        CASE jsonb_typeof(d.host -> 'interfaces') WHEN 'array' THEN d.host -> 'interfaces' ELSE '[]' END) AS i (card)
    CROSS JOIN LATERAL jsonb_array_elements_text(
        CASE jsonb_typeof(i.card -> 'ipv4') WHEN 'array' THEN i.card -> 'ipv4' ELSE '[]' END) AS a (ip)
WHERE d.deleted_at IS NULL AND i.card ->> 'mac' ~ '^[0-9a-f]{2}(:[0-9a-f]{2}){5}$'
  AND i.card ->> 'mac' NOT LIKE '02:42:%' AND i.card ->> 'mac' <> '00:00:00:00:00:00'
  AND a.ip ~ '^(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])(\.(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])){3}$'
  AND a.ip !~ '^(127|0|22[4-9]|2[3-5][0-9])\.' AND a.ip NOT LIKE '169.254.%'
ON CONFLICT DO NOTHING;

-- How often a desktop was sent magic packets since it is wanted, and by whom: so that all nodes together send a bounded
-- number of them.
CREATE TABLE desktop_wakes (
    desktop_id uuid PRIMARY KEY,
    -- What wants it awake began then; something newer counts anew.
    since      timestamptz NOT NULL,
    attempts   integer NOT NULL CHECK (attempts > 0),
    last_at    timestamptz NOT NULL,
    next_at    timestamptz NOT NULL,
    -- Names of desktops that sent.
    senders    text[] NOT NULL
);

-- Where to look for what wants desktops awake.
CREATE INDEX execution_tasks_starting ON execution_tasks (id) WHERE pre_start = 'START' AND end_time IS NULL;

ALTER TABLE sub_jobs
    -- The session in which the agent said that its users were told, and when their time is over.
    ADD COLUMN noted_epoch bigint,
    ADD COLUMN acts_at timestamptz,
    -- The agent is too old to tell its users.
    ADD COLUMN notice_left_out boolean NOT NULL DEFAULT false;
