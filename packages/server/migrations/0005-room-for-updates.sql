alter table posthorn.deliveries set (fillfactor = 40);
