internal import Model

/// One function of the database, or one trigger function with its triggers: the file of its name in the folder Functions.
///
/// Unlike a migration, the file is edited in place. Its text is applied again, after the migrations, whenever it
/// differs from the text that the database has. A function whose file is gone is dropped.
///
/// The file creates the routine `packaging.NAME` and no other. It ends with the statements that set the owner and the
/// roles that may run it; without such a statement only the owner may. These statements name the routine without its
/// parameters, so that a version with other parameters takes the place of the old one.
///
/// Functions lock rows in one order, so that no two of them wait for each other: `tenant_sched` or `tenant_usage`, the
/// batch, jobs by (tenant, id), then objects and `package_versions`, and last the event streams by (tenant, project).
/// Each file says which of these it locks, and why if it has another order, as `create_batch` has. Every write of an
/// attempt carries its epoch and is refused once the job has another epoch. Such a refusal is an answer, not an error.
struct SchemaFunction: Sendable {
    let name: String
    /// The SQL text: several statements. Applied a second time, they change nothing.
    let script: String
    /// The hash of the text, by which a changed text is recognised.
    let digest: Digest

    init(_ name: String, script: String) {
        self.name = name
        self.script = script
        digest = Digest(ofText: script)
    }

    private init(_ name: String, _ file: [UInt8]) {
        self.init(name, script: String(decoding: file, as: UTF8.self))
    }

    /// All functions of this program, in the order of their names.
    static let all = [
        SchemaFunction("abandon", PackageResources.abandon_sql),
        SchemaFunction("advance", PackageResources.advance_sql),
        SchemaFunction("announce_content", PackageResources.announce_content_sql),
        SchemaFunction("append_events", PackageResources.append_events_sql),
        SchemaFunction("archive", PackageResources.archive_sql),
        SchemaFunction("archive_container", PackageResources.archive_container_sql),
        SchemaFunction("audio_container", PackageResources.audio_container_sql),
        SchemaFunction("backoff", PackageResources.backoff_sql),
        SchemaFunction("beat", PackageResources.beat_sql),
        SchemaFunction("cancel", PackageResources.cancel_sql),
        SchemaFunction("change_access", PackageResources.change_access_sql),
        SchemaFunction("change_cover", PackageResources.change_cover_sql),
        SchemaFunction("claim", PackageResources.claim_sql),
        SchemaFunction("claim_removals", PackageResources.claim_removals_sql),
        SchemaFunction("commit_import", PackageResources.commit_import_sql),
        SchemaFunction("content_path", PackageResources.content_path_sql),
        SchemaFunction("create_batch", PackageResources.create_batch_sql),
        SchemaFunction("delete_packages", PackageResources.delete_packages_sql),
        SchemaFunction("delete_project", PackageResources.delete_project_sql),
        SchemaFunction("end_attempt", PackageResources.end_attempt_sql),
        SchemaFunction("expire_packages", PackageResources.expire_packages_sql),
        SchemaFunction("expired_packages", PackageResources.expired_packages_sql),
        SchemaFunction("find_tenant", PackageResources.find_tenant_sql),
        SchemaFunction("finish", PackageResources.finish_sql),
        SchemaFunction("finish_removal", PackageResources.finish_removal_sql),
        SchemaFunction("finish_with", PackageResources.finish_with_sql),
        SchemaFunction("forget_chapters", PackageResources.forget_chapters_sql),
        SchemaFunction("freeze_plan", PackageResources.freeze_plan_sql),
        SchemaFunction("give_back_unknown", PackageResources.give_back_unknown_sql),
        SchemaFunction("give_speech", PackageResources.give_speech_sql),
        SchemaFunction("give_up", PackageResources.give_up_sql),
        SchemaFunction("give_up_audio", PackageResources.give_up_audio_sql),
        SchemaFunction("give_up_content", PackageResources.give_up_content_sql),
        SchemaFunction("give_up_object", PackageResources.give_up_object_sql),
        SchemaFunction("hold_package", PackageResources.hold_package_sql),
        SchemaFunction("is_same_book", PackageResources.is_same_book_sql),
        SchemaFunction("lease", PackageResources.lease_sql),
        SchemaFunction("list_audit", PackageResources.list_audit_sql),
        SchemaFunction("list_tenants", PackageResources.list_tenants_sql),
        SchemaFunction("move_chapters", PackageResources.move_chapters_sql),
        SchemaFunction("numbered_slug", PackageResources.numbered_slug_sql),
        SchemaFunction("open_tenant", PackageResources.open_tenant_sql),
        SchemaFunction("orphans", PackageResources.orphans_sql),
        SchemaFunction("platform_rank", PackageResources.platform_rank_sql),
        SchemaFunction("principal", PackageResources.principal_sql),
        SchemaFunction("put_grant", PackageResources.put_grant_sql),
        SchemaFunction("record_audio_use", PackageResources.record_audio_use_sql),
        SchemaFunction("record_audit", PackageResources.record_audit_sql),
        SchemaFunction("refuse_to_replan", PackageResources.refuse_to_replan_sql),
        SchemaFunction("remove_audit", PackageResources.remove_audit_sql),
        SchemaFunction("remove_events", PackageResources.remove_events_sql),
        SchemaFunction("remove_jobs", PackageResources.remove_jobs_sql),
        SchemaFunction("remove_objects", PackageResources.remove_objects_sql),
        SchemaFunction("remove_requests", PackageResources.remove_requests_sql),
        SchemaFunction("retry", PackageResources.retry_sql),
        SchemaFunction("revoke_principal", PackageResources.revoke_principal_sql),
        SchemaFunction("revoke_token", PackageResources.revoke_token_sql),
        SchemaFunction("role_of", PackageResources.role_of_sql),
        SchemaFunction("running_status_rank", PackageResources.running_status_rank_sql),
        SchemaFunction("set_current_packages", PackageResources.set_current_packages_sql),
        SchemaFunction("slug_of", PackageResources.slug_of_sql),
        SchemaFunction("sweep", PackageResources.sweep_sql),
        SchemaFunction("sweep_imports", PackageResources.sweep_imports_sql),
        SchemaFunction("take_audio", PackageResources.take_audio_sql),
        SchemaFunction("take_content", PackageResources.take_content_sql),
        SchemaFunction("temp_container", PackageResources.temp_container_sql),
        SchemaFunction("undo_loss", PackageResources.undo_loss_sql),
    ]
}
