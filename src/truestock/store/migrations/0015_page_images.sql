-- What the hub knows of the images that channels have of its pages, so that it can take away what it gave.

CREATE TABLE page_images (
    channel integer NOT NULL,
    kind text NOT NULL CONSTRAINT page_images_kind CHECK (kind IN ('product', 'variant')),
    code text NOT NULL,
    page text NOT NULL,
    ours jsonb NOT NULL,
    others text[] NOT NULL,
    unsure boolean NOT NULL DEFAULT false,
    PRIMARY KEY (channel, kind, code, page)
);
