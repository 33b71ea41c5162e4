CREATE TABLE "run_locks" (
	"team_id" text NOT NULL,
	"key" text NOT NULL,
	"position" bigint NOT NULL,
	"run_id" text NOT NULL,
	CONSTRAINT "run_locks_team_id_key_position_pk" PRIMARY KEY("team_id","key","position")
);
--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "locked" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "run_locks" ADD CONSTRAINT "run_locks_run_id_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."runs"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "run_locks_run" ON "run_locks" USING btree ("run_id");