-- One row. It grows when a member's key is destroyed: whoever keeps keys at hand looks at it and lets them go.
CREATE TABLE cle_generation (
    is_generation boolean PRIMARY KEY DEFAULT true CHECK (is_generation),
    generation    bigint  NOT NULL
);

INSERT INTO cle_generation (generation) VALUES (1);
