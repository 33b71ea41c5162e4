CREATE TABLE "audit_publications" (
	"id" integer PRIMARY KEY NOT NULL,
	"published_at" bigint NOT NULL,
	CONSTRAINT "audit_publications_one" CHECK ("audit_publications"."id" = 1)
);
