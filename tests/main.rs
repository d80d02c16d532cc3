//! Behaviours of the whole server, in this process on port 0: one a file, its name is the behaviour.
//! One test program for all of them, because linking takes longer than running.

mod a_camera_is_never_lost;
mod a_changed_configuration_reaches_every_viewer;
mod a_configuration_is_checked;
mod a_frame_is_complete_when_it_is_complete;
mod a_jpeg_camera_is_passed_on_and_encoded;
mod a_pi_camera_plays_and_says_what_is_wrong;
mod a_reload_disturbs_only_what_changed;
mod a_slow_viewer_disturbs_nobody;
mod a_source_that_ends_is_run_again;
mod a_storm_delays_nobody;
mod a_users_page_folder_keeps_to_itself;
mod a_viewer_that_pauses_costs_nothing;
mod an_encoder_runs_only_while_it_is_wanted;
mod cameras_are_looked_for_while_viewers_wait;
mod classic_pages_answer_as_they_did;
mod classic_players_get_what_they_play;
mod equal_jpeg_settings_share_an_encoder;
mod every_nal_unit_arrives_bit_for_bit;
mod house_rules;
mod http_addresses;
mod jpeg_viewers_stay_while_the_camera_is_gone;
mod mjpeg_is_framed_as_its_clients_expect;
mod mpeg1_intra_pictures_are_decoded_by_ffmpeg;
mod mpeg1_is_made_while_it_is_watched;
mod no_child_outlives_the_server;
mod noise_arrives_exactly;
mod raw_pictures_are_encoded_for_everyone;
mod rubbish_becomes_a_state;
mod support;
mod systemd_is_told_what_goes_on;
mod the_end_is_said;
mod the_program;
mod too_many_viewers_are_turned_away;
mod viewers_join_at_a_keyframe;
mod who_takes_nothing_is_let_go;
