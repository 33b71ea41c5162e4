CREATE TABLE "delegations" (
	"id" text PRIMARY KEY NOT NULL,
	"team_id" text NOT NULL,
	"from_user_id" text NOT NULL,
	"to_user_id" text NOT NULL,
	"until" bigint NOT NULL,
	"created_at" bigint NOT NULL,
	"revoked_at" bigint,
	"request_id" text NOT NULL,
	CONSTRAINT "delegations_request" UNIQUE("team_id","request_id"),
	CONSTRAINT "delegations_other" CHECK ("delegations"."from_user_id" <> "delegations"."to_user_id")
);
--> statement-breakpoint
CREATE INDEX "delegations_holding" ON "delegations" USING btree ("team_id","until");--> statement-breakpoint
CREATE INDEX "delegations_giver" ON "delegations" USING btree ("team_id","from_user_id","until");