CREATE TABLE "reminders" (
	"plan_id" text NOT NULL,
	"version" integer NOT NULL,
	"user_id" text NOT NULL,
	"team_id" text NOT NULL,
	"at" bigint NOT NULL,
	CONSTRAINT "reminders_plan_id_version_user_id_pk" PRIMARY KEY("plan_id","version","user_id")
);
--> statement-breakpoint
CREATE INDEX "reminders_lately" ON "reminders" USING btree ("team_id","user_id","at");--> statement-breakpoint
CREATE INDEX "reminders_oldest" ON "reminders" USING btree ("team_id","at");