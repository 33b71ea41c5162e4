CREATE TABLE "audit_anchors" (
	"team_id" text NOT NULL,
	"month" date NOT NULL,
	"seq" bigint NOT NULL,
	"hash" "bytea" NOT NULL,
	"detached_at" bigint NOT NULL,
	CONSTRAINT "audit_anchors_team_id_month_pk" PRIMARY KEY("team_id","month")
);
--> statement-breakpoint
create trigger audit_anchors_append_only before update or delete on audit_anchors
  for each row execute function countersign_append_only();
--> statement-breakpoint
create trigger audit_anchors_no_truncate before truncate on audit_anchors
  for each statement execute function countersign_append_only();
