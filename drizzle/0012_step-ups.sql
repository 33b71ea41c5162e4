CREATE TABLE "passkeys" (
	"team_id" text NOT NULL,
	"digest" text NOT NULL,
	"user_id" text NOT NULL,
	"credential_id" text NOT NULL,
	"public_key" text NOT NULL,
	"counter" bigint NOT NULL,
	"transports" json NOT NULL,
	"synced" boolean NOT NULL,
	"registered_at" bigint NOT NULL,
	"used_at" bigint,
	CONSTRAINT "passkeys_team_id_digest_pk" PRIMARY KEY("team_id","digest")
);
--> statement-breakpoint
CREATE TABLE "step_ups" (
	"link" text PRIMARY KEY NOT NULL,
	"team_id" text NOT NULL,
	"user_id" text NOT NULL,
	"plan_id" text NOT NULL,
	"session" text,
	"proof_id" text,
	"over_at" bigint NOT NULL,
	"state" json NOT NULL,
	CONSTRAINT "step_ups_session_unique" UNIQUE("session"),
	CONSTRAINT "step_ups_proof_id_unique" UNIQUE("proof_id"),
	CONSTRAINT "step_ups_person_plan" UNIQUE("team_id","user_id","plan_id")
);
--> statement-breakpoint
CREATE INDEX "passkeys_person" ON "passkeys" USING btree ("team_id","user_id","registered_at");--> statement-breakpoint
CREATE INDEX "step_ups_over" ON "step_ups" USING btree ("over_at");