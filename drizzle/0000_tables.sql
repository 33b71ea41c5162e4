CREATE TABLE "audit_events" (
	"team_id" text NOT NULL,
	"seq" bigint NOT NULL,
	"at" bigint NOT NULL,
	"kind" text NOT NULL,
	"actor" text NOT NULL,
	"conversation_id" text,
	"plan_id" text,
	"run_id" text,
	"data" text NOT NULL,
	"previous_hash" text NOT NULL,
	"hash" text NOT NULL,
	CONSTRAINT "audit_events_team_id_seq_pk" PRIMARY KEY("team_id","seq")
);
--> statement-breakpoint
CREATE TABLE "audit_heads" (
	"team_id" text PRIMARY KEY NOT NULL,
	"seq" bigint NOT NULL,
	"hash" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "conversations" (
	"id" text PRIMARY KEY NOT NULL,
	"team_id" text NOT NULL,
	"channel_id" text NOT NULL,
	"thread_ts" text,
	"words" text NOT NULL,
	"permalink" text
);
--> statement-breakpoint
CREATE TABLE "inbox" (
	"id" text PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"team_id" text NOT NULL,
	"user_id" text,
	"payload" json NOT NULL,
	"received_at" bigint NOT NULL,
	"taken_at" bigint NOT NULL,
	"outcome" text,
	"detail" text,
	"finished_at" bigint
);
--> statement-breakpoint
CREATE TABLE "message_refs" (
	"subject" text PRIMARY KEY NOT NULL,
	"channel_id" text NOT NULL,
	"ts" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "outbox" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "outbox_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"key" text NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"notice" json NOT NULL,
	"tries" integer DEFAULT 0 NOT NULL,
	"due_at" bigint NOT NULL,
	"taken_by" text,
	"taken_until" bigint,
	"abandoned" boolean DEFAULT false NOT NULL,
	"last_error" text,
	CONSTRAINT "outbox_key_unique" UNIQUE("key")
);
--> statement-breakpoint
CREATE TABLE "plan_versions" (
	"plan_id" text NOT NULL,
	"version" integer NOT NULL,
	"hash" text NOT NULL,
	"plan" json NOT NULL,
	"source" text NOT NULL,
	"author_id" text NOT NULL,
	"at" bigint NOT NULL,
	CONSTRAINT "plan_versions_plan_id_version_pk" PRIMARY KEY("plan_id","version")
);
--> statement-breakpoint
CREATE TABLE "plans" (
	"id" text PRIMARY KEY NOT NULL,
	"team_id" text NOT NULL,
	"conversation_id" text NOT NULL,
	"request_id" text NOT NULL,
	"requester_id" text NOT NULL,
	"requester_name" text NOT NULL,
	"status" text NOT NULL,
	"revision" integer NOT NULL,
	"version" integer NOT NULL,
	"hash" text NOT NULL,
	"title" text NOT NULL,
	"environment" text NOT NULL,
	"risk" text NOT NULL,
	"operations" text[] NOT NULL,
	"policy_version" text NOT NULL,
	"editors" json NOT NULL,
	"rule" json NOT NULL,
	"filed_at" bigint NOT NULL,
	"approve_by" bigint,
	"start_by" bigint,
	"spent_at" bigint,
	"run_id" text,
	"state" json NOT NULL,
	"attention_at" bigint,
	"search_text" text NOT NULL,
	CONSTRAINT "plans_request" UNIQUE("team_id","request_id"),
	CONSTRAINT "plans_status" CHECK ("plans"."status" in ('awaiting-approval', 'approved', 'rejected', 'expired', 'withdrawn', 'spent'))
);
--> statement-breakpoint
CREATE TABLE "run_controls" (
	"run_id" text NOT NULL,
	"number" integer NOT NULL,
	"request" json NOT NULL,
	"at" bigint NOT NULL,
	CONSTRAINT "run_controls_run_id_number_pk" PRIMARY KEY("run_id","number")
);
--> statement-breakpoint
CREATE TABLE "run_output" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "run_output_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"run_id" text NOT NULL,
	"call" text NOT NULL,
	"attempt" integer NOT NULL,
	"at" bigint NOT NULL,
	"text" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "runs" (
	"id" text PRIMARY KEY NOT NULL,
	"queue_position" bigint GENERATED ALWAYS AS IDENTITY (sequence name "runs_queue_position_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"team_id" text NOT NULL,
	"plan_id" text NOT NULL,
	"plan_version" integer NOT NULL,
	"plan_hash" text NOT NULL,
	"requester_id" text NOT NULL,
	"conversation_id" text NOT NULL,
	"queued_at" bigint NOT NULL,
	"status" text NOT NULL,
	"owner" text,
	"epoch" integer DEFAULT 0 NOT NULL,
	"claimable_at" bigint,
	"control_seq" integer DEFAULT 0 NOT NULL,
	"control_seen" integer DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE TABLE "votes" (
	"plan_id" text NOT NULL,
	"plan_version" integer NOT NULL,
	"user_id" text NOT NULL,
	"plan_hash" text NOT NULL,
	"choice" text NOT NULL,
	"reason" text,
	"groups" json NOT NULL,
	"policy_version" text NOT NULL,
	"request_id" text NOT NULL,
	"at" bigint NOT NULL,
	CONSTRAINT "votes_plan_id_plan_version_user_id_pk" PRIMARY KEY("plan_id","plan_version","user_id"),
	CONSTRAINT "votes_choice" CHECK ("votes"."choice" in ('approve', 'reject'))
);
--> statement-breakpoint
ALTER TABLE "plan_versions" ADD CONSTRAINT "plan_versions_plan_id_plans_id_fk" FOREIGN KEY ("plan_id") REFERENCES "public"."plans"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "plans" ADD CONSTRAINT "plans_conversation_id_conversations_id_fk" FOREIGN KEY ("conversation_id") REFERENCES "public"."conversations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "run_controls" ADD CONSTRAINT "run_controls_run_id_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."runs"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "runs" ADD CONSTRAINT "runs_conversation_id_conversations_id_fk" FOREIGN KEY ("conversation_id") REFERENCES "public"."conversations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "runs" ADD CONSTRAINT "runs_plan_id_plan_version_plan_versions_plan_id_version_fk" FOREIGN KEY ("plan_id","plan_version") REFERENCES "public"."plan_versions"("plan_id","version") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "votes" ADD CONSTRAINT "votes_plan_id_plan_version_plan_versions_plan_id_version_fk" FOREIGN KEY ("plan_id","plan_version") REFERENCES "public"."plan_versions"("plan_id","version") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "audit_events_run" ON "audit_events" USING btree ("run_id","seq") WHERE "audit_events"."run_id" is not null;--> statement-breakpoint
CREATE INDEX "audit_events_plan" ON "audit_events" USING btree ("plan_id","seq") WHERE "audit_events"."plan_id" is not null;--> statement-breakpoint
CREATE INDEX "conversations_thread" ON "conversations" USING btree ("team_id","channel_id","thread_ts");--> statement-breakpoint
CREATE INDEX "inbox_unfinished" ON "inbox" USING btree ("taken_at") WHERE "inbox"."outcome" is null;--> statement-breakpoint
CREATE INDEX "outbox_due" ON "outbox" USING btree ("due_at") WHERE not "outbox"."abandoned";--> statement-breakpoint
CREATE INDEX "plans_filed" ON "plans" USING btree ("team_id","filed_at");--> statement-breakpoint
CREATE INDEX "plans_requester" ON "plans" USING btree ("team_id","requester_id","filed_at");--> statement-breakpoint
CREATE INDEX "plans_conversation" ON "plans" USING btree ("conversation_id");--> statement-breakpoint
CREATE INDEX "plans_attention" ON "plans" USING btree ("attention_at") WHERE "plans"."attention_at" is not null;--> statement-breakpoint
CREATE INDEX "run_output_run" ON "run_output" USING btree ("run_id","id");--> statement-breakpoint
CREATE UNIQUE INDEX "runs_plan" ON "runs" USING btree ("plan_id");--> statement-breakpoint
CREATE INDEX "runs_claimable" ON "runs" USING btree ("queue_position") WHERE "runs"."claimable_at" is not null;--> statement-breakpoint
CREATE INDEX "runs_requester" ON "runs" USING btree ("team_id","requester_id","queued_at");