CREATE TABLE "checkpoints" (
	"team_id" text NOT NULL,
	"name" text NOT NULL,
	"taken_at" bigint NOT NULL,
	"taken_by" text NOT NULL,
	"plan_id" text NOT NULL,
	"run_id" text,
	"environment" text NOT NULL,
	"request_id" text NOT NULL,
	"captured" integer NOT NULL,
	"unread" integer NOT NULL,
	"entries" json NOT NULL,
	CONSTRAINT "checkpoints_team_id_name_pk" PRIMARY KEY("team_id","name")
);
--> statement-breakpoint
ALTER TABLE "checkpoints" ADD CONSTRAINT "checkpoints_plan_id_plans_id_fk" FOREIGN KEY ("plan_id") REFERENCES "public"."plans"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "checkpoints_newest" ON "checkpoints" USING btree ("team_id","taken_at");--> statement-breakpoint
CREATE INDEX "checkpoints_run" ON "checkpoints" USING btree ("run_id") WHERE "checkpoints"."run_id" is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "plans_one_rollback" ON "plans" USING btree (("state" #>> '{origin,runId}')) WHERE "plans"."status" in ('awaiting-approval', 'approved') and "plans"."state" #>> '{origin,runId}' is not null;--> statement-breakpoint
CREATE INDEX "plans_rollbacks" ON "plans" USING btree (("state" #>> '{origin,runId}')) WHERE "plans"."state" #>> '{origin,runId}' is not null;